using System.Diagnostics;
using Parley.Fuzz;

// parley-fuzz [--seconds N] [--iterations N] [--seed S] [--input BASE64]: mutates the corpus until time, count or luck runs out.
var options = new Dictionary<string, string>();
for (var i = 0; i + 1 < args.Length; i += 2)
    options[args[i]] = args[i + 1];

var seed = options.TryGetValue("--seed", out var givenSeed) ? int.Parse(givenSeed) : Environment.TickCount;
var random = new Random(seed);
if (options.TryGetValue("--input", out var given))
    return Report(Convert.FromBase64String(given));

var seconds = options.TryGetValue("--seconds", out var givenSeconds) ? double.Parse(givenSeconds) : double.MaxValue;
var iterations = options.TryGetValue("--iterations", out var givenIterations)
    ? long.Parse(givenIterations)
    : seconds < double.MaxValue ? long.MaxValue : 100_000;
var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus"), "*.xml").Order(StringComparer.Ordinal).ToArray();
var corpus = files.Select(File.ReadAllBytes).ToArray();
foreach (var entry in corpus)
{
    if (Report(entry) != 0)
        return 1;
}

var mutator = new Mutator(corpus, random);
var watch = Stopwatch.StartNew();
long done = 0;
for (; done < iterations && watch.Elapsed.TotalSeconds < seconds; done++)
{
    if (Report(mutator.Next()) != 0)
        return 1;
}

Console.WriteLine($"{done} inputs from {corpus.Length} seeds, seed {seed}: nothing broken.");
return 0;

int Report(byte[] input)
{
    if (XmlInvariants.Check(input, random) is not { } broken)
        return 0;
    Console.WriteLine($"seed {seed}, input {Convert.ToBase64String(input)}");
    Console.WriteLine(System.Text.Encoding.UTF8.GetString(input));
    Console.WriteLine(broken);
    return 1;
}
