// The schemas that the server publishes, compiled by a validator that this project did not write.
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export class PublishedSchemas {
  // `call` makes one GET of the API: target → parsed answer.
  constructor(call) {
    this.call = call;
    this.validators = new Map();
  }

  // What is wrong with an event, held against the schema of its type; "" when nothing is.
  async problemsOf(event) {
    if (!this.validators.has(event.type)) {
      const { schema } = await this.call(`/v1/event-types/${event.type}`);
      const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, allErrors: true });
      addFormats(ajv);
      this.validators.set(event.type, ajv.compile(schema));
    }
    const validate = this.validators.get(event.type);
    return validate(event) ? "" : JSON.stringify(validate.errors, null, 2);
  }
}
