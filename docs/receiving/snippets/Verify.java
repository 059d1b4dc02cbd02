// Verifies a captured Returnflows request. Standard library only; Java 17 or newer.
//
//   java Verify.java --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
//   java Verify.java --secret S --short-signature SIG [--short-previous SIG] --body-file F
//
// Prints `ok` (exit code 0) or `refused: why` (exit code 1).

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
// [snippet begin]
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

final class ReturnflowsSignature {
  private static final long TOLERANCE_SECONDS = 300;

  // Recommended. `headers` with lower-case names, `body` the bytes as received, `now` in unix
  // seconds. Gives why the request is refused, or nothing when the signature is good.
  static Optional<String> refusal(
      String secret, Map<String, String> headers, byte[] body, long now) {
    String id = headers.getOrDefault("webhook-id", "");
    String timestamp = headers.getOrDefault("webhook-timestamp", "");
    String signature = headers.getOrDefault("webhook-signature", "");
    if (id.isEmpty() || timestamp.isEmpty() || signature.isEmpty()) {
      return Optional.of("a webhook header is missing");
    }
    if (!timestamp.matches("[0-9]{1,12}")) {
      return Optional.of("the timestamp is not a number");
    }
    if (Math.abs(now - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
      return Optional.of("the timestamp is more than 5 minutes off");
    }
    byte[] start = (id + "." + timestamp + ".").getBytes(UTF_8);
    String expected =
        "v1," + Base64.getEncoder().encodeToString(hmac(keyOf(secret), start, body));
    return fits(List.of(signature.split(" ")), expected);
  }

  // The short way: the body alone, so that an old request cannot be told from a new one.
  static Optional<String> shortRefusal(String secret, Map<String, String> headers, byte[] body) {
    List<String> given =
        List.of(
            headers.getOrDefault("x-returnflows-signature", ""),
            headers.getOrDefault("x-returnflows-signature-previous", ""));
    if (given.stream().allMatch(String::isEmpty)) {
      return Optional.of("a webhook header is missing");
    }
    byte[] mac = hmac(secret.getBytes(UTF_8), body);
    return fits(given, "sha256=" + HexFormat.of().formatHex(mac));
  }

  private static byte[] keyOf(String secret) {
    if (!secret.startsWith("whsec_")) {
      return secret.getBytes(UTF_8);
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
    } catch (IllegalArgumentException error) {
      key = new byte[0];
    }
    if (key.length == 0) {
      throw new IllegalArgumentException("the secret is not whsec_ and base64");
    }
    return key;
  }

  private static byte[] hmac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);  // Every Java has HmacSHA256.
    }
  }

  private static Optional<String> fits(List<String> given, String expected) {
    for (String entry : given) {
      if (MessageDigest.isEqual(entry.getBytes(UTF_8), expected.getBytes(UTF_8))) {
        return Optional.empty();
      }
    }
    return Optional.of("no signature fits");
  }
}
// [snippet end]

final class Verify {
  private static Optional<String> judge(Map<String, String> given) throws IOException {
    byte[] body = Files.readAllBytes(Path.of(given.get("--body-file")));
    String secret = given.get("--secret");
    Map<String, String> headers = new HashMap<>();
    if (given.containsKey("--short-signature")) {
      headers.put("x-returnflows-signature", given.get("--short-signature"));
      headers.put(
          "x-returnflows-signature-previous", given.getOrDefault("--short-previous", ""));
      return ReturnflowsSignature.shortRefusal(secret, headers, body);
    }
    headers.put("webhook-id", given.getOrDefault("--id", ""));
    headers.put("webhook-timestamp", given.getOrDefault("--timestamp", ""));
    headers.put("webhook-signature", given.getOrDefault("--signature", ""));
    long clock = System.currentTimeMillis() / 1000;
    long now = given.containsKey("--now") ? Long.parseLong(given.get("--now")) : clock;
    return ReturnflowsSignature.refusal(secret, headers, body, now);
  }

  public static void main(String[] arguments) throws IOException {
    Map<String, String> given = new HashMap<>();
    for (int index = 0; index + 1 < arguments.length; index += 2) {
      given.put(arguments[index], arguments[index + 1]);
    }
    Optional<String> why;
    try {
      why = judge(given);
    } catch (IllegalArgumentException error) {
      why = Optional.of(error.getMessage());
    }
    System.out.println(why.map(text -> "refused: " + text).orElse("ok"));
    System.exit(why.isPresent() ? 1 : 0);
  }
}
