"""How the API wants to know who calls: the one security scheme that serves most of the actions."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from hub_app.connectors.openapi.document import Document, Node, listed, shortened
from hub_app.connectors.schemas.connectors import Access, AuthType
from hub_app.connectors.schemas.imports import ProposedAccess
from hub_app.kernel.outbound import InvalidUrl, Target

_MAX_SCOPES = 100
# What an operation asks for is kept until all have been read.
_STEPS_OF_ONE = 10
_URLS = {"authorize_url": "authorizationUrl", "token_url": "tokenUrl"}
_OTHER_FLOWS = {"implicit", "password", "clientCredentials", "deviceAuthorization"}
_TOKEN_BY_HAND = "Hub does not get tokens this way. Save a token that you got elsewhere as the credential."  # noqa: S105 - a sentence


@dataclass(frozen=True, slots=True)
class Need:
    """What an action asks for: any one of `alternatives`, each of them schemes that go together with their scopes."""

    action: str
    alternatives: tuple[dict[str, tuple[str, ...]], ...]

    def served_by(self, scheme: str) -> bool:
        return not self.alternatives or any(not one or set(one) == {scheme} for one in self.alternatives)


@dataclass(slots=True)
class Scheme:
    """A security scheme in Hub's words. `auth_type` is None when Hub has nothing like it; `advice` goes with its use."""

    name: str
    where: str
    auth_type: AuthType | None = None
    access: dict[str, str] = field(default_factory=dict[str, str])
    scopes: tuple[str, ...] = ()
    advice: str = ""
    complete: bool = True


def need_of(doc: Document, action: str, operation: Node) -> Need:
    """The operation's own `security`, or the document's."""
    owner = operation if "security" in operation.object() else doc.root
    alternatives: list[dict[str, tuple[str, ...]]] = []
    for one in owner.list_of("security"):
        schemes = one.members()
        doc.spend(_STEPS_OF_ONE)
        alternatives.append(
            {name: tuple(scope.text() for scope in node.list()) for name, node in schemes.items()}
        )
    return Need(action, tuple(alternatives))


def choose(doc: Document, needs: list[Need]) -> tuple[AuthType, ProposedAccess]:
    """The kind of authentication that serves most of the actions; findings for those that it does not serve."""
    schemes = {one.name: one for one in _schemes(doc)}
    asked = Counter(name for need in needs for one in need.alternatives if len(one) == 1 for name in one)
    usable = [one for one in schemes.values() if one.auth_type is not None]
    wanted = [one for one in usable if asked[one.name]] or (
        [] if any(n.alternatives for n in needs) else usable
    )
    chosen = max(wanted, key=lambda one: (one.complete, asked[one.name]), default=None)
    if chosen is None:
        _tell_unserved(doc, needs, "")
        return "none", ProposedAccess()
    if not asked[chosen.name]:
        doc.note(chosen.where, "The document does not say which operations need this. It is taken for all.")
    for one in usable:
        if one is not chosen:
            doc.note(
                one.where,
                f"Left out: a connector has one kind of authentication, here {shortened(chosen.name, 60)!r}.",
            )
    if chosen.advice:
        doc.note(chosen.where, chosen.advice)
    _tell_unserved(doc, needs, chosen.name)
    scopes = _asked_scopes(doc, chosen, needs)
    access = ProposedAccess(**chosen.access, scopes=scopes)  # type: ignore[arg-type]
    return chosen.auth_type or "none", access


def _tell_unserved(doc: Document, needs: list[Need], chosen: str) -> None:
    unserved = [need.action for need in needs if not need.served_by(chosen)]
    if unserved:
        how = "authentication that Hub or this connector does not have"
        doc.note("/security", f"{len(unserved)} action(s) ask for {how}: {listed(unserved)}.")


def _asked_scopes(doc: Document, chosen: Scheme, needs: list[Need]) -> list[str]:
    """The scopes that the actions need; all that the scheme knows when the document does not tell them apart."""
    if chosen.auth_type != "oauth":
        return []
    asked = dict.fromkeys(
        scope for need in needs for one in need.alternatives for scope in one.get(chosen.name, ())
    )
    fitting = [one for one in asked or dict.fromkeys(chosen.scopes) if _is_scope(one)]
    if len(fitting) > _MAX_SCOPES:
        doc.note(chosen.where, f"Only the first {_MAX_SCOPES} scopes are taken.")
    return fitting[:_MAX_SCOPES]


def _is_scope(text: str) -> bool:
    return 0 < len(text) <= 200 and text.isascii() and text.isprintable() and " " not in text  # noqa: PLR2004


def _schemes(doc: Document) -> Iterable[Scheme]:
    components = doc.root.get("components")
    given = components.members_of("securitySchemes") if components is not None else {}
    for name, one in given.items():
        doc.spend()
        node = doc.follow(one)
        if node is None:
            continue
        scheme = Scheme(name, one.where)
        kind = node.required("type")
        reader = _READERS.get(kind.lower())
        if reader is None:
            doc.note(one.where, f"Left out: Hub has no authentication of the type {shortened(kind, 30)!r}.")
            continue
        why = reader(node, scheme) or _objection(scheme)
        if why:
            scheme.auth_type = None
            doc.note(one.where, f"Left out: {why}.")
        yield scheme


def _objection(scheme: Scheme) -> str:
    """Why a connector cannot have these names of headers and parameters; empty when it can."""
    try:
        Access.model_validate({"base_url": "https://example.com", **scheme.access})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        return f"its {found['loc'][0]} cannot be sent ({shortened(found['msg'], 100)})"
    return ""


def _api_key(node: Node, scheme: Scheme) -> str:
    name, place = node.required("name"), node.required("in")
    scheme.auth_type = "api_key"
    if place == "query":
        scheme.access = {"auth_query": name}
        return "" if name else "it names no parameter"
    if place != "header":
        return f"the key goes into a {shortened(place, 30)}, and Hub sends none"
    scheme.access = {"auth_header": name, "auth_prefix": ""}
    if name.lower() == "authorization":
        scheme.advice = (
            "The key is sent as it is. Set the prefix when the API wants a word before it, such as Bearer."
        )
    return ""


def _http(node: Node, scheme: Scheme) -> str:
    match node.required("scheme").lower():
        case "bearer":
            scheme.auth_type = "api_key"
        case "basic":
            scheme.auth_type = "basic"
        case other:
            return f"Hub does not speak the HTTP authentication {shortened(other, 30)!r}"
    return ""


def _oauth(node: Node, scheme: Scheme) -> str:
    flows = node.get("flows")
    flow = flows.get("authorizationCode") if flows is not None else None
    others = [name for name in flows.object() if name in _OTHER_FLOWS] if flows is not None else []
    if flow is None:
        scheme.auth_type, scheme.complete, scheme.advice = "oauth", False, _TOKEN_BY_HAND
        return "" if others else "it has no flow"
    scheme.auth_type = "oauth"
    scheme.access = {ours: flow.required(theirs) for ours, theirs in _URLS.items()}
    scopes = flow.get("scopes")
    scheme.scopes = tuple(scopes.object()) if scopes is not None else ()
    for ours, url in list(scheme.access.items()):
        try:
            Target.parse(url)
        except InvalidUrl as error:
            node.doc.note(flow.at(_URLS[ours]), f"Left out: {shortened(url, 200)!r} {error}. Fill it in.")
            del scheme.access[ours]
    if others:
        node.doc.note(scheme.where, f"Of its flows authorizationCode is taken. Left out: {listed(others)}.")
    scheme.advice = (
        "Fill in the client ID and secret of your OAuth client. A revocation URL is not part of OpenAPI."
    )
    return ""


def _open_id(_node: Node, scheme: Scheme) -> str:
    scheme.auth_type, scheme.complete = "oauth", False
    scheme.advice = (
        "OpenID Connect Discovery is not read. Fill in the authorize and token URLs of an OAuth client, or save a "
        "token as the credential."
    )
    return ""


_READERS: dict[str, Callable[[Node, Scheme], str]] = {
    "apikey": _api_key,
    "http": _http,
    "oauth2": _oauth,
    "openidconnect": _open_id,
}
