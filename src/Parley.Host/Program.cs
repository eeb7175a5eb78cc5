using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Storage.Sqlite;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddXmppServer(options =>
{
    options.Domains.Add("localhost");
    options.AllowInsecure = true;
    options.RateLimits = false;
    options.Registration = RegistrationPolicy.Open;
});
Directory.CreateDirectory("data");
builder.Services.AddSqliteStorage("data/parley.db");
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 5222, listen => listen.UseXmppClientStream()));
await builder.Build().RunAsync();
return 0;
