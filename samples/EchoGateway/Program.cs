using System.Globalization;
using System.Net.Sockets;
using EchoGateway;

if (args is not [var domain, .. var rest] || Environment.GetEnvironmentVariable("COMPONENT_SECRET") is not { Length: > 0 } secret)
{
    Console.Error.WriteLine("usage: COMPONENT_SECRET=… EchoGateway DOMAIN [HOST [PORT]]");
    return 2;
}

var host = rest.Length > 0 ? rest[0] : "localhost";
var port = rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 5347;
using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};

// A server that is restarted is come back to.
while (!stopping.IsCancellationRequested)
{
    try
    {
        await using var connection = await ComponentConnection.OpenAsync(host, port, domain, secret, stopping.Token);
        Console.WriteLine($"{domain} is connected to {host}:{port}.");
        await foreach (var stanza in connection.ReadAllAsync(stopping.Token))
        {
            foreach (var answer in Echo.Answer(stanza))
            {
                await connection.SendAsync(answer, stopping.Token);
            }
        }

        Console.Error.WriteLine("The server closed the stream.");
    }
    catch (Exception e) when (e is IOException or SocketException)
    {
        Console.Error.WriteLine(e.Message);
    }
    catch (OperationCanceledException)
    {
        break;
    }

    await Task.Delay(TimeSpan.FromSeconds(2), stopping.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
}

return 0;
