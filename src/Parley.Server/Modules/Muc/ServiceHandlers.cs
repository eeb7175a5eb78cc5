using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>Answers a request to a service. To refuse it, throws <see cref="StanzaException"/>.</summary>
internal delegate ValueTask<Stanza> ServiceIqHandler(MucService service, Delivery delivery, XmlElement payload, CancellationToken cancellationToken);

/// <summary>A use case of the service itself; plugged in by its line in <see cref="MucServices"/>.</summary>
internal interface IServiceUseCase
{
    /// <summary>Records; called once, before any stanza comes.</summary>
    void Configure(ServiceHandlers handlers);
}

/// <summary>Which use case answers what at the service itself.</summary>
internal sealed class ServiceHandlers
{
    private readonly Dictionary<(StanzaType Type, string Namespace, string Local), ServiceIqHandler> _iqs = [];
    private readonly SortedSet<string> _features = new(StringComparer.Ordinal);
    private readonly Lazy<StanzaRouter> _router;

    public ServiceHandlers(IEnumerable<IServiceUseCase> useCases, Lazy<StanzaRouter> router)
    {
        _router = router;
        foreach (var useCase in useCases)
        {
            useCase.Configure(this);
        }
    }

    /// <summary>What the service advertises beside what its rooms do.</summary>
    internal IReadOnlyCollection<string> Features => _features;

    /// <summary>Answers requests with this payload, and advertises its namespace.</summary>
    internal ServiceHandlers OnIq(StanzaType type, XmlName payload, ServiceIqHandler handler)
    {
        if (!_iqs.TryAdd((type, payload.Namespace, payload.Local), handler))
        {
            throw new InvalidOperationException($"Two use cases of room services handle iq {type} {payload}.");
        }

        _features.Add(payload.Namespace);
        return this;
    }

    /// <summary>Advertises a feature that is not the namespace of a handled payload.</summary>
    internal ServiceHandlers Feature(string variable)
    {
        _features.Add(variable);
        return this;
    }

    /// <summary>Answers a request.</summary>
    /// <exception cref="StanzaException">service-unavailable: nobody handles it; or what the handler says.</exception>
    internal async ValueTask AnswerAsync(MucService service, Delivery delivery, CancellationToken cancellationToken)
    {
        var payload = delivery.Stanza.Element(delivery.Stanza.Children[0]);
        if (!_iqs.TryGetValue((delivery.Stanza.Type, payload.NamespaceUri, payload.LocalName), out var handler))
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }

        await _router.Value.AnswerAsync(delivery, await handler(service, delivery, payload, cancellationToken), cancellationToken);
    }
}
