#!/usr/bin/env ruby
# Verifies a captured Returnflows request. Standard library only; Ruby 3.0 or newer.
#
#   verify.rb --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
#   verify.rb --secret S --short-signature SIG [--short-previous SIG] --body-file F
#
# Prints `ok` (exit code 0) or `refused: why` (exit code 1).
require "optparse"

# [snippet begin]
require "openssl"

TOLERANCE_SECONDS = 300

def key_of(secret)
  return secret.b unless secret.start_with?("whsec_")

  begin
    key = secret.delete_prefix("whsec_").unpack1("m0")
  rescue ArgumentError
    key = ""
  end
  raise ArgumentError, "the secret is not whsec_ and base64" if key.empty?

  key
end

# Recommended. `headers` with lower-case names, `body` as request.body.read gives it.
# Returns why the request is refused, or nil when the signature is good.
def refusal(secret, headers, body, now = Time.now.to_i)
  given = headers.values_at("webhook-id", "webhook-timestamp", "webhook-signature")
  return "a webhook header is missing" if given.any? { |value| value.to_s.empty? }

  id, timestamp, signature = given
  return "the timestamp is not a number" unless timestamp.match?(/\A[0-9]{1,12}\z/)

  off = (now - timestamp.to_i).abs
  return "the timestamp is more than 5 minutes off" if off > TOLERANCE_SECONDS

  mac = OpenSSL::HMAC.digest("SHA256", key_of(secret), "#{id}.#{timestamp}.".b + body.b)
  expected = "v1,#{[mac].pack('m0')}"
  good = signature.split(" ").any? { |entry| OpenSSL.secure_compare(entry, expected) }
  good ? nil : "no signature fits"
end

# The short way: the body alone, so that an old request cannot be told from a new one.
def short_refusal(secret, headers, body)
  names = %w[x-returnflows-signature x-returnflows-signature-previous]
  given = headers.values_at(*names).reject { |value| value.to_s.empty? }
  return "a webhook header is missing" if given.empty?

  expected = "sha256=#{OpenSSL::HMAC.hexdigest('SHA256', secret.b, body.b)}"
  good = given.any? { |entry| OpenSSL.secure_compare(entry, expected) }
  good ? nil : "no signature fits"
end
# [snippet end]

given = {}
OptionParser.new do |options|
  %w[secret id timestamp signature short-signature short-previous body-file now].each do |name|
    options.on("--#{name} VALUE") { |value| given[name] = value }
  end
end.parse!

body = File.binread(given["body-file"])
begin
  why = if given["short-signature"]
          short_refusal(given["secret"], {
            "x-returnflows-signature" => given["short-signature"],
            "x-returnflows-signature-previous" => given["short-previous"]
          }, body)
        else
          refusal(given["secret"], {
            "webhook-id" => given["id"],
            "webhook-timestamp" => given["timestamp"],
            "webhook-signature" => given["signature"]
          }, body, (given["now"] || Time.now).to_i)
        end
rescue ArgumentError => error
  why = error.message
end
puts(why ? "refused: #{why}" : "ok")
exit(why ? 1 : 0)
