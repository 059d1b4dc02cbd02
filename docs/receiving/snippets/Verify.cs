// Verifies a captured Returnflows request. Standard library only; .NET 8 or newer.
// Put it in an empty folder as Program.cs after `dotnet new console`, then:
//
//   dotnet run -- --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
//   dotnet run -- --secret S --short-signature SIG [--short-previous SIG] --body-file F
//
// Prints `ok` (exit code 0) or `refused: why` (exit code 1).

// [snippet begin]
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

public static class ReturnflowsSignature
{
    private const long ToleranceSeconds = 300;

    // Recommended. `headers` with lower-case names, `body` the bytes as received, `now` in unix
    // seconds. Returns why the request is refused, or null when the signature is good.
    public static string? Refusal(
        string secret, IReadOnlyDictionary<string, string> headers, byte[] body, long now)
    {
        string id = headers.GetValueOrDefault("webhook-id", "");
        string timestamp = headers.GetValueOrDefault("webhook-timestamp", "");
        string signature = headers.GetValueOrDefault("webhook-signature", "");
        if (id == "" || timestamp == "" || signature == "") return "a webhook header is missing";
        if (!Regex.IsMatch(timestamp, @"\A[0-9]{1,12}\z")) return "the timestamp is not a number";
        if (Math.Abs(now - long.Parse(timestamp)) > ToleranceSeconds)
        {
            return "the timestamp is more than 5 minutes off";
        }
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        byte[] mac = HMACSHA256.HashData(KeyOf(secret), signed);
        return Fits(signature.Split(' '), "v1," + Convert.ToBase64String(mac));
    }

    // The short way: the body alone, so that an old request cannot be told from a new one.
    public static string? ShortRefusal(
        string secret, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        string[] names = ["x-returnflows-signature", "x-returnflows-signature-previous"];
        string[] given = names.Select(name => headers.GetValueOrDefault(name, "")).ToArray();
        if (given.All(entry => entry == "")) return "a webhook header is missing";
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
        return Fits(given, "sha256=" + Convert.ToHexString(mac).ToLowerInvariant());
    }

    private static byte[] KeyOf(string secret)
    {
        if (!secret.StartsWith("whsec_", StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(secret);
        }
        try
        {
            byte[] key = Convert.FromBase64String(secret["whsec_".Length..]);
            if (key.Length > 0) return key;
        }
        catch (FormatException)
        {
        }
        throw new ArgumentException("the secret is not whsec_ and base64");
    }

    private static string? Fits(IEnumerable<string> given, string expected)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(expected);
        foreach (string entry in given)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(entry);
            if (CryptographicOperations.FixedTimeEquals(bytes, wanted)) return null;
        }
        return "no signature fits";
    }
}
// [snippet end]

public static class Program
{
    private static string? Judge(Dictionary<string, string> given)
    {
        byte[] body = File.ReadAllBytes(given["--body-file"]);
        Dictionary<string, string> headers = new();
        if (given.TryGetValue("--short-signature", out string? signature))
        {
            headers["x-returnflows-signature"] = signature;
            headers["x-returnflows-signature-previous"] =
                given.GetValueOrDefault("--short-previous", "");
            return ReturnflowsSignature.ShortRefusal(given["--secret"], headers, body);
        }
        headers["webhook-id"] = given.GetValueOrDefault("--id", "");
        headers["webhook-timestamp"] = given.GetValueOrDefault("--timestamp", "");
        headers["webhook-signature"] = given.GetValueOrDefault("--signature", "");
        long now = given.TryGetValue("--now", out string? text)
            ? long.Parse(text)
            : DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return ReturnflowsSignature.Refusal(given["--secret"], headers, body, now);
    }

    public static int Main(string[] arguments)
    {
        Dictionary<string, string> given = new();
        for (int index = 0; index + 1 < arguments.Length; index += 2)
        {
            given[arguments[index]] = arguments[index + 1];
        }
        string? why;
        try
        {
            why = Judge(given);
        }
        catch (ArgumentException error)
        {
            why = error.Message;
        }
        Console.WriteLine(why is null ? "ok" : $"refused: {why}");
        return why is null ? 0 : 1;
    }
}
