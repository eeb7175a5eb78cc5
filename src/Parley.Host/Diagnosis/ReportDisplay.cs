using System.Text.Json;

namespace Parley.Host.Diagnosis;

/// <summary>Writes reports: for people, or as JSON.</summary>
internal static class ReportDisplay
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void WriteText(TextWriter output, DomainReport report)
    {
        output.WriteLine($"{report.Domain}{(report.From is null ? "" : $", from {report.From}")}: {(report.IsHealthy ? "healthy" : "something is wrong")}");
        foreach (var finding in report.Findings)
        {
            output.WriteLine($"  {Name(finding.Level),-8} {finding.Service,-7} {finding.Check,-12} {finding.Subject}: {finding.Text}");
            if (finding.Change is { } change)
            {
                output.WriteLine($"{"",-32}change: {change}");
            }
        }
    }

    internal static void WriteJson(TextWriter output, IReadOnlyCollection<DomainReport> reports) => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            healthy = reports.All(static report => report.IsHealthy),
            domains = reports.Select(static report => new
            {
                domain = report.Domain,
                from = report.From,
                healthy = report.IsHealthy,
                findings = report.Findings.Select(static finding => new
                {
                    level = Name(finding.Level),
                    service = finding.Service,
                    check = finding.Check,
                    subject = finding.Subject,
                    text = finding.Text,
                    change = finding.Change,
                }),
            }),
        },
        Json));

    private static string Name(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Warning => "warning",
        _ => "failure",
    };
}
