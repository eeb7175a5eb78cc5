using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>The names of Extended Channel Search (XEP-0433 0.1), and its form.</summary>
public static class ChannelSearch
{
    public const string Namespace = "urn:xmpp:channel-search:0:search";

    public const string FormType = "urn:xmpp:channel-search:0:search-params";

    /// <summary>To order by the number of occupants, the most first.</summary>
    public const string ByUsers = "{urn:xmpp:channel-search:0:order}nusers";

    /// <summary>To order by address.</summary>
    public const string ByAddress = "{urn:xmpp:channel-search:0:order}address";

    /// <summary>The service type of rooms (XEP-0045).</summary>
    public const string RoomType = "xep-0045";

    public static readonly XmlName Name = new("search", Namespace);

    /// <summary>The condition beside feature-not-implemented, modify: results are not ordered by that.</summary>
    public static readonly XmlName InvalidSortKey = Condition("invalid-sort-key");

    /// <summary>The condition beside bad-request, modify: there is no word to search for.</summary>
    public static readonly XmlName InvalidSearchTerms = Condition("invalid-search-terms");

    /// <summary>The condition beside resource-constraint, wait.</summary>
    public static readonly XmlName RateLimit = Condition("rate-limit");

    /// <summary>The condition beside not-allowed, cancel, or forbidden, auth: not everything is told at once.</summary>
    public static readonly XmlName FullSetRetrievalRejected = Condition("full-set-retrieval-rejected");

    /// <summary>The condition beside bad-request, modify: what is asked for excludes itself.</summary>
    public static readonly XmlName ConflictingFields = Condition("conflicting-fields");

    /// <summary>The condition beside bad-request, cancel: nothing is searched for.</summary>
    public static readonly XmlName NoSearchConditions = Condition("no-search-conditions");

    internal const string TextField = "q";
    internal const string AllField = "all";
    internal const string InNameField = "sinname";
    internal const string InDescriptionField = "sindescription";
    internal const string InAddressField = "sinaddress";
    internal const string MinUsersField = "min_users";
    internal const string TypesField = "types";
    internal const string KeyField = "key";

    /// <summary>How the specification's example calls <see cref="InAddressField"/>.</summary>
    internal const string InAddressOfExample = "sinaddr";

    /// <summary>The form; what a submission leaves out is as it is here.</summary>
    public static DataForm Form { get; } = new(
        DataFormType.Form,
        new(DataForm.FormTypeVariable, DataFormFieldType.Hidden, FormType),
        new(TextField, DataFormFieldType.TextSingle) { Label = "Search for" },
        new(AllField, DataFormFieldType.Boolean) { Label = "Return all entries (ignore search terms)" },
        new(InNameField, DataFormFieldType.Boolean, "true") { Label = "Search in name" },
        new(InDescriptionField, DataFormFieldType.Boolean, "true") { Label = "Search in description" },
        new(InAddressField, DataFormFieldType.Boolean, "true") { Label = "Search in address" },
        new(MinUsersField, DataFormFieldType.TextSingle, "0") { Label = "Minimum number of users", Range = new DataFormRange(Minimum: 0) },
        new(TypesField, DataFormFieldType.ListMulti, RoomType) { Label = "Service types", Options = [new(RoomType, "XEP-0045 Multi User Chats")], IsOpen = true },
        new(KeyField, DataFormFieldType.ListSingle, ByUsers)
        {
            Label = "Sort results by",
            Options = [new(ByUsers, "Number of online users"), new(ByAddress, "Address")],
        });

    private static XmlName Condition(string name) => new(name, "urn:xmpp:channel-search:0:error");
}
