using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc;

/// <summary>Handles a stanza in its turn. To refuse it, throws <see cref="StanzaException"/>.</summary>
internal delegate ValueTask RoomHandler(RoomTurn turn, CancellationToken cancellationToken);

/// <summary>Answers a request to a room in its turn. To refuse it, throws <see cref="StanzaException"/>.</summary>
internal delegate ValueTask<Stanza> RoomIqHandler(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken);

/// <summary>A use case of rooms: it records what it handles, once. To plug one in: a class, and its line in <see cref="MucServices"/>.</summary>
internal interface IRoomUseCase
{
    /// <summary>Records; called once, before any stanza comes.</summary>
    void Configure(RoomHandlers handlers);
}

/// <summary>Which use case handles what. Two that handle the same thing fail at start.</summary>
internal sealed class RoomHandlers
{
    private readonly Dictionary<StanzaType, RoomHandler> _presence = [];
    private readonly Dictionary<(StanzaType Type, string Namespace, string Local), RoomIqHandler> _iqs = [];
    private readonly Dictionary<(StanzaType Type, string Namespace, string Local), RoomHandler> _longIqs = [];
    private readonly List<(bool ToOccupant, Func<Stanza, bool> Fits, RoomHandler Handler)> _messages = [];
    private readonly List<RoomHandler> _errors = [];
    private readonly SortedSet<string> _features = new(StringComparer.Ordinal);
    private readonly List<Func<Room, IEnumerable<string>>> _dynamicFeatures = [];
    private RoomHandler? _occupantIq;

    public RoomHandlers(IEnumerable<IRoomUseCase> useCases)
    {
        foreach (var useCase in useCases)
        {
            useCase.Configure(this);
        }
    }

    /// <summary>What the service and every room advertise.</summary>
    internal IReadOnlyCollection<string> Features => _features;

    /// <summary>Handles presence of a type, whether it is for the room or an occupant of it.</summary>
    internal RoomHandlers OnPresence(StanzaType type, RoomHandler handler) => Once(_presence.TryAdd(type, handler), $"presence of type {type}");

    /// <summary>Handles messages for the room itself; the first whose predicate fits. Errors never come here.</summary>
    internal RoomHandlers OnMessage(Func<Stanza, bool> fits, RoomHandler handler)
    {
        _messages.Add((false, fits, handler));
        return this;
    }

    /// <summary>Handles messages for an occupant's address; the first whose predicate fits. Errors never come here.</summary>
    internal RoomHandlers OnPrivateMessage(Func<Stanza, bool> fits, RoomHandler handler)
    {
        _messages.Add((true, fits, handler));
        return this;
    }

    /// <summary>Handles messages of type error, wherever in the room they go; all that are recorded, in order.</summary>
    internal RoomHandlers OnMessageError(RoomHandler handler)
    {
        _errors.Add(handler);
        return this;
    }

    /// <summary>Answers requests to the room itself.</summary>
    internal RoomHandlers OnIq(StanzaType type, XmlName payload, RoomIqHandler handler) =>
        Once(_iqs.TryAdd((type, payload.Namespace, payload.Local), handler), $"iq {type} {payload}");

    /// <summary>Handles requests to the room itself whose answer takes its time: the handler gives it afterwards (<see cref="RoomTurn.Afterwards"/>), while the room goes on.</summary>
    internal RoomHandlers OnLongIq(StanzaType type, XmlName payload, RoomHandler handler) => Once(
        !_iqs.ContainsKey((type, payload.Namespace, payload.Local)) && _longIqs.TryAdd((type, payload.Namespace, payload.Local), handler),
        $"iq {type} {payload}");

    /// <summary>Handles iqs of all four types that go to an occupant's address.</summary>
    internal RoomHandlers OnOccupantIq(RoomHandler handler)
    {
        Once(_occupantIq is null, "iqs to occupants");
        _occupantIq = handler;
        return this;
    }

    /// <summary>Advertises a feature of the service and of every room.</summary>
    internal RoomHandlers Feature(string variable)
    {
        _features.Add(variable);
        return this;
    }

    /// <summary>Advertises features that depend on a room.</summary>
    internal RoomHandlers Feature(Func<Room, IEnumerable<string>> features)
    {
        _dynamicFeatures.Add(features);
        return this;
    }

    /// <summary>The features of a room.</summary>
    internal IEnumerable<string> FeaturesOf(Room room) => _features.Concat(_dynamicFeatures.SelectMany(features => features(room)));

    /// <summary>Has a stanza handled; a request's answer is returned.</summary>
    internal ValueTask<Stanza?> HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var stanza = turn.Stanza;
        return stanza.Kind switch
        {
            StanzaKind.Message => NoAnswer(HandleMessageAsync(turn, cancellationToken)),
            StanzaKind.Presence => _presence.TryGetValue(stanza.Type, out var handler) ? NoAnswer(handler(turn, cancellationToken)) : default,
            _ when turn.To.HasResource => NoAnswer(HandleOccupantIqAsync(turn, cancellationToken)),
            _ when stanza.IsRequest => AnswerAsync(turn, cancellationToken),
            _ => default,
        };
    }

    private ValueTask HandleMessageAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        if (turn.Stanza.IsError)
        {
            return HandleErrorAsync(turn, cancellationToken);
        }

        foreach (var (toOccupant, fits, handler) in _messages)
        {
            if (toOccupant == turn.To.HasResource && fits(turn.Stanza))
            {
                return handler(turn, cancellationToken);
            }
        }

        // Improperly typed (XEP-0045 §16.2).
        throw new StanzaException(StanzaErrorCondition.BadRequest);
    }

    private async ValueTask HandleErrorAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        foreach (var handler in _errors)
        {
            await handler(turn, cancellationToken);
        }
    }

    private ValueTask HandleOccupantIqAsync(RoomTurn turn, CancellationToken cancellationToken) =>
        _occupantIq is { } handler ? handler(turn, cancellationToken)
        : turn.Stanza.IsRequest ? throw new StanzaException(StanzaErrorCondition.ServiceUnavailable)
        : ValueTask.CompletedTask;

    private async ValueTask<Stanza?> AnswerAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        var payload = turn.Stanza.Element(turn.Stanza.Children[0]);
        var key = (turn.Stanza.Type, payload.NamespaceUri, payload.LocalName);
        if (_longIqs.TryGetValue(key, out var later))
        {
            await later(turn, cancellationToken);
            return null;
        }

        return _iqs.TryGetValue(key, out var handler)
            ? await handler(turn, payload, cancellationToken)
            : throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
    }

    private static ValueTask<Stanza?> NoAnswer(ValueTask handled)
    {
        return handled.IsCompletedSuccessfully ? default : AfterAsync(handled);

        static async ValueTask<Stanza?> AfterAsync(ValueTask handled)
        {
            await handled;
            return null;
        }
    }

    private RoomHandlers Once(bool added, string what) =>
        added ? this : throw new InvalidOperationException($"Two use cases of rooms handle {what}.");
}
