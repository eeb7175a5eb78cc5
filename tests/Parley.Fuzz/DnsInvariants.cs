using Parley.Server.Federation.Dns;

namespace Parley.Fuzz;

/// <summary>What holds for every datagram, whatever it is: it is a message that can be written and reads the same again, or it is refused.</summary>
public static class DnsInvariants
{
    public static string? Check(byte[] input)
    {
        try
        {
            var message = DnsMessage.Parse(input);
            if (message.Answers.Count + message.Authorities.Count > DnsMessage.MaxRecords)
                return "more records than the limit";
            return IsSame(message, DnsMessage.Parse(message.ToBytes())) ? null : "what was written reads back as something else";
        }
        catch (DnsFormatException e)
        {
            // Compressed names may say more than 64 KiB when they are written out.
            return input.Length < DnsMessage.MaxLength / 256 && e.Message == "The message is too long." ? "a short message became a long one" : null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return $"escaped: {fault}";
        }
    }

    private static bool IsSame(DnsMessage one, DnsMessage other) =>
        one.Id == other.Id && one.Name == other.Name && one.Type == other.Type && one.ResponseCode == other.ResponseCode
        && one.IsResponse == other.IsResponse && one.IsTruncated == other.IsTruncated && one.IsRecursive == other.IsRecursive
        && one.Answers.SequenceEqual(other.Answers) && one.Authorities.SequenceEqual(other.Authorities);
}
