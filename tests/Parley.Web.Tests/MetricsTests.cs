using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;
using Parley.Web.Metrics;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>The server's figures, as Prometheus reads them. Instruments of these tests have names of their own: meters are the process's.</summary>
public class MetricsTests
{
    [Fact]
    public async Task Counters_add_up_by_labels()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        var counter = meter.CreateCounter<long>("test.counter.things", "{thing}", "Things\nwith a \\ and a \" in them.");

        counter.Add(1);
        counter.Add(2, new KeyValuePair<string, object?>("kind", "b\\a\"c\nd"));
        counter.Add(3, new("kind", "x"), new("other.key", true));
        counter.Add(4, new("other.key", true), new("kind", "x"));

        Assert.Equal(
            [
                "# HELP test_counter_things_total Things\\nwith a \\\\ and a \" in them.",
                "# TYPE test_counter_things_total counter",
                "test_counter_things_total 1",
                """test_counter_things_total{kind="b\\a\"c\nd"} 2""",
                """test_counter_things_total{kind="x",other_key="true"} 7""",
            ],
            await LinesAsync(server, "test_counter_things"));
    }

    [Fact]
    public async Task Counters_go_up_and_gauges_where_they_want()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        var (seen, level) = (10.5, 3);
        var upDown = meter.CreateUpDownCounter<int>("test.kinds.updown");
        var gauge = meter.CreateGauge<double>("test.kinds.gauge", "s");
        var real = meter.CreateCounter<double>("test.kinds.real", "By");
        meter.CreateObservableCounter("test.kinds.observed", () => seen);
        meter.CreateObservableUpDownCounter("test.kinds.level", () => level);

        upDown.Add(5);
        upDown.Add(-7);
        gauge.Record(1.5);
        gauge.Record(double.NegativeInfinity);
        real.Add(0.25);
        real.Add(0.5);
        await LinesAsync(server, "test_kinds");
        (seen, level) = (12.5, 1);

        Assert.Equal(
            [
                "# TYPE test_kinds_gauge_seconds gauge", "test_kinds_gauge_seconds -Inf",
                "# TYPE test_kinds_level gauge", "test_kinds_level 1",
                "# TYPE test_kinds_observed_total counter", "test_kinds_observed_total 12.5",
                "# TYPE test_kinds_real_bytes_total counter", "test_kinds_real_bytes_total 0.75",
                "# TYPE test_kinds_updown gauge", "test_kinds_updown -2",
            ],
            await LinesAsync(server, "test_kinds"));
    }

    [Fact]
    public async Task Histograms_count_by_size_in_the_buckets_that_are_advised()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        var histogram = meter.CreateHistogram("test.histogram", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });

        foreach (var value in (double[])[0.05, 0.1, 0.5, 2])
        {
            histogram.Record(value, new KeyValuePair<string, object?>("le", "mine"));
        }

        Assert.Equal(
            [
                "# TYPE test_histogram_seconds histogram",
                """test_histogram_seconds_bucket{exported_le="mine",le="0.1"} 2""",
                """test_histogram_seconds_bucket{exported_le="mine",le="1"} 3""",
                """test_histogram_seconds_bucket{exported_le="mine",le="+Inf"} 4""",
                """test_histogram_seconds_sum{exported_le="mine"} 2.65""",
                """test_histogram_seconds_count{exported_le="mine"} 4""",
            ],
            await LinesAsync(server, "test_histogram"));
    }

    [Fact]
    public async Task What_is_no_longer_observed_is_no_longer_there()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        var names = new List<string> { "a", "b" };
        meter.CreateObservableGauge("test.gone", () => names.Select(static name => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name))).ToList());

        Assert.Contains("""test_gone{name="a"} 1""", await LinesAsync(server, "test_gone"));
        names.Remove("a");

        Assert.Equal(["# TYPE test_gone gauge", """test_gone{name="b"} 1"""], await LinesAsync(server, "test_gone"));
    }

    [Fact]
    public async Task An_instrument_that_fails_takes_nothing_with_it()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        meter.CreateObservableGauge("test.fails.a", static int () => throw new InvalidOperationException("It fails."));
        meter.CreateObservableGauge("test.fails.b", static () => 2);

        Assert.Equal(["# TYPE test_fails_b gauge", "test_fails_b 2"], await LinesAsync(server, "test_fails"));
    }

    [Fact]
    public async Task Two_meters_with_one_name_share_a_metric_and_another_kind_does_not()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        using var other = new Meter("other");
        meter.CreateCounter<int>("test.shared").Add(1);
        other.CreateCounter<long>("test.shared").Add(2);
        other.CreateUpDownCounter<long>("test.shared.total").Add(4);

        Assert.Equal(["# TYPE test_shared_total counter", "test_shared_total 3"], await LinesAsync(server, "test_shared"));
    }

    [Fact]
    public async Task Series_are_bounded_and_what_is_left_out_is_counted()
    {
        await using var server = await StartAsync();
        using var meter = new Meter("test");
        var counter = meter.CreateCounter<long>("test.bounded");

        for (var i = 0; i < 1000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        Assert.Equal(200, (await LinesAsync(server, "test_bounded_total{")).Length);
        Assert.Equal("parley_metrics_dropped_total 800", (await LinesAsync(server, "parley_metrics_dropped_total "))[^1]);
    }

    [Fact]
    public async Task Every_line_is_one_of_the_format_and_every_series_is_there_once()
    {
        await using var server = await StartAsync();
        await server.GetAsync("/metrics");

        var (_, body) = await server.GetAsync("/metrics");

        var lines = body.Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.All(lines[..^1], static line => Assert.Matches(
            """^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^\\"])*"(,[a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^\\"])*")*\})? ([0-9.eE+-]+|[+-]Inf|NaN))$""",
            line));
        Assert.Contains("parley_queue_bytes 0", lines);
        Assert.Contains(lines, static line => line.StartsWith("dotnet_gc_heap_total_allocated_bytes_total ", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("http_server_request_duration_seconds_bucket{", StringComparison.Ordinal));
        var series = lines.Where(static line => line is [not '#', ..]).Select(static line => line[..line.LastIndexOf(' ')]).ToList();
        Assert.Equal(series.Count, series.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("", "", HttpStatusCode.OK)]
    [InlineData("", "Host: evil.example", HttpStatusCode.Forbidden)]
    [InlineData("", "X-Forwarded-For: 192.0.2.1", HttpStatusCode.Forbidden)]
    [InlineData("", "Forwarded: for=192.0.2.1", HttpStatusCode.Forbidden)]
    [InlineData("192.0.2.0/24", "X-Forwarded-For: 192.0.2.1", HttpStatusCode.Forbidden)]
    [InlineData("trust|", "X-Forwarded-For: 192.0.2.1", HttpStatusCode.Forbidden)]
    [InlineData("trust|192.0.2.0/24", "X-Forwarded-For: 192.0.2.1", HttpStatusCode.OK)]
    [InlineData("trust|192.0.2.0/24", "X-Forwarded-For: 192.0.2.1, 198.51.100.1", HttpStatusCode.Forbidden)]
    [InlineData("trust|192.0.2.0/24", "X-Forwarded-For: 127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData("0.0.0.0/0", "X-Forwarded-For: 192.0.2.1", HttpStatusCode.OK)]
    public async Task Only_this_machine_reads_them_unless_others_are_named(string options, string header, HttpStatusCode expected)
    {
        await using var server = await StartAsync(services =>
        {
            if (options.StartsWith("trust|", StringComparison.Ordinal))
            {
                services.Configure<WebOptions>(static web => web.TrustedProxies.Add("127.0.0.1"));
            }

            if (options.Replace("trust|", "", StringComparison.Ordinal) is { Length: > 0 } client)
            {
                services.Configure<MetricsOptions>(metrics => metrics.Clients.Add(client));
            }
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (header.Split(": ") is [var name, var value])
        {
            request.Headers.Add(name, value);
        }

        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            expected == HttpStatusCode.Forbidden,
            (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("Metrics:Clients", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_is_no_address_is_refused()
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(static services => services.Configure<MetricsOptions>(static options => options.Clients.Add("all"))));

        Assert.Equal("Clients: 'all' is neither an IP address nor a network; it takes one such as 192.0.2.1 or 10.0.0.0/8.", e.Message);
    }

    private static Task<WebServer> StartAsync(Action<IServiceCollection>? services = null) => WebServer.StartAsync(static web => web.MapMetrics(), services);

    // What is said of the metrics whose names begin so.
    private static async Task<string[]> LinesAsync(WebServer server, string begin)
    {
        var (status, body) = await server.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        return [.. body.Split('\n').Where(line => line.Replace("# HELP ", "", StringComparison.Ordinal).Replace("# TYPE ", "", StringComparison.Ordinal).StartsWith(begin, StringComparison.Ordinal))];
    }
}
