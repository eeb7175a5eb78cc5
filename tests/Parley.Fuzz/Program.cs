using System.Diagnostics;
using Parley.Fuzz;

// parley-fuzz [--target xml|dns|websocket] [--seconds N] [--iterations N] [--seed S] [--input BASE64]: mutates the corpus until time, count or luck runs out.
// Without a target, the inputs are XML, messages of the domain name system and frames in turn.
var options = new Dictionary<string, string>();
for (var i = 0; i + 1 < args.Length; i += 2)
    options[args[i]] = args[i + 1];

var seed = options.TryGetValue("--seed", out var givenSeed) ? int.Parse(givenSeed) : Environment.TickCount;
var random = new Random(seed);
var target = options.GetValueOrDefault("--target");
var xml = new Target("xml", input => XmlInvariants.Check(input, random));
var dns = new Target("dns", DnsInvariants.Check);
var webSocket = new Target("websocket", input => WebSocketInvariants.Check(input, random));
if (options.TryGetValue("--input", out var given))
    return Report(target == dns.Name ? dns : target == webSocket.Name ? webSocket : xml, Convert.FromBase64String(given));

var seconds = options.TryGetValue("--seconds", out var givenSeconds) ? double.Parse(givenSeconds) : double.MaxValue;
var iterations = options.TryGetValue("--iterations", out var givenIterations)
    ? long.Parse(givenIterations)
    : seconds < double.MaxValue ? long.MaxValue : 100_000;
var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus"), "*.xml").Order(StringComparer.Ordinal).ToArray();
var corpus = files.Select(File.ReadAllBytes).ToArray();
(Target Target, IReadOnlyList<byte[]> Seeds, Mutator Mutator)[] all =
[
    (xml, corpus, new Mutator(corpus, Mutator.XmlPieces, random)),
    (dns, DnsSeeds.Messages, new Mutator(DnsSeeds.Messages, DnsSeeds.Pieces, random)),
    (webSocket, corpus, new Mutator(corpus, Mutator.XmlPieces, random)),
];
var chosen = all.Where(one => target is null || one.Target.Name == target).ToArray();
foreach (var (one, seeds, _) in chosen)
{
    foreach (var entry in seeds)
    {
        if (Report(one, entry) != 0)
            return 1;
    }
}

var watch = Stopwatch.StartNew();
long done = 0;
for (; done < iterations && watch.Elapsed.TotalSeconds < seconds; done++)
{
    var (one, _, mutator) = chosen[done % chosen.Length];
    if (Report(one, mutator.Next()) != 0)
        return 1;
}

Console.WriteLine($"{done} inputs from {chosen.Sum(one => one.Seeds.Count)} seeds, seed {seed}: nothing broken.");
return 0;

int Report(Target one, byte[] input)
{
    if (one.Check(input) is not { } broken)
        return 0;
    Console.WriteLine($"target {one.Name}, seed {seed}, input {Convert.ToBase64String(input)}");
    Console.WriteLine(System.Text.Encoding.UTF8.GetString(input));
    Console.WriteLine(broken);
    return 1;
}
