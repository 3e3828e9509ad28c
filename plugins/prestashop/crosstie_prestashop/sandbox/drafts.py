"""What a writing request brings: read from XML, laid over what is stored, checked."""

from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # only the types: parsing is defusedxml's

import attrs
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it has no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # nor has this

from crosstie.sandbox import Request
from crosstie_prestashop.sandbox.checks import complaint
from crosstie_prestashop.sandbox.refusals import RefusedError
from crosstie_prestashop.sandbox.resources import NUMBERS, Field, Record, Resource
from crosstie_prestashop.sandbox.table import Associations


@attrs.define(slots=True)
class Draft:
    """One entity on its way into the shop.

    `shown` is the object as the request left it, which is what the answer tells; `stored` is what
    was there before; `changed` are the fields that go into the database, with the values of
    `beneath` where the database makes something else of them.
    """

    resource: Resource
    method: str
    shown: Record
    stored: Record | None
    changed: set[str]
    associations: Associations | None
    beneath: Record = attrs.field(factory=dict)

    @property
    def key(self) -> int | None:
        """The id of the record that is changed, None when one is added."""
        return None if self.stored is None else int(self.stored["id"])

    def set(self, **values: Any) -> None:
        """Set fields that the request did not, as the model's own code does."""
        self.shown.update(values)
        self.changed.update(values)

    def storable(self, languages: list[int]) -> Record:
        """The changed fields as the database keeps them."""
        values = {
            name: _stored(self.resource.fields[name], self.shown[name], languages)
            for name in self.changed
        }
        return values | self.beneath


def entities(request: Request, *, chatty: bool) -> list[Element]:
    """The entities of a request's XML; code 127 when it is none (`chatty` as 1.7 is, with code 3).

    Neither the root's nor an entity's name matters. The body may be a form with a field `xml`.
    """
    is_form = request.body.startswith(b"xml=")
    text = request.form["xml"] if is_form else request.body.decode("utf-8", "replace")
    try:
        return list(fromstring(text.encode()))
    except (ParseError, DefusedXmlException) as error:
        sentence = "String could not be parsed as XML"
        sentence = (
            f"XML error : {sentence}\nXML length : {len(text.encode())}\nOriginal XML : {text}"
        )
        warning = f"[PHP Warning #2] SimpleXMLElement::__construct(): Entity: line 1: {error} "
        warning += "(/var/www/html/classes/webservice/WebserviceRequest.php, line 1627)"
        more = [(3, warning)] if chatty else []
        raise RefusedError(500, *more, (127, sentence)) from error


def draft(resource: Resource, method: str, entity: Element, stored: Record | None) -> Draft:
    """Lay an entity over what is stored; codes 93 (not writable) and 41 (required).

    A POST or PUT empties all that it does not bring, a PATCH changes nothing else.
    """
    sent = {child.tag: child for child in reversed(entity)}
    shown: Record = dict(stored or {})
    changed = set()
    for name, field in resource.fields.items():
        child = sent.get(name)
        if child is None and method == "PATCH":
            continue
        if child is not None and field.locked:
            sentence = f'parameter "{name}" not writable. Please remove this attribute of this XML'
            raise RefusedError(400, (93, sentence))
        if child is None and field.required and not field.translated:
            raise RefusedError(400, (41, f'parameter "{name}" required'))
        if child is None and (field.dynamic or field.locked):
            shown.setdefault(name, None)
            continue
        shown[name] = _sent(field, child)
        changed.add(name)
    groups = sent.get("associations")
    associations = None if groups is None else {one.tag: _items(one) for one in groups}
    return Draft(resource, method, shown, stored, changed, associations)


def _sent(field: Field, child: Element | None) -> Any:
    if field.translated:
        found = [] if child is None else child.findall("language")
        if found:
            return [{"id": one.get("id", ""), "value": one.text or ""} for one in found]
        return "" if child is None else child.text or ""
    return None if child is None else child.text or ""


def _items(association: Element) -> list[dict[str, Any]]:
    return [{child.tag: child.text or "" for child in one} for one in association]


def check(one: Draft, *, arrow: str, language: int) -> None:
    """Refuse what the model does not accept: code 84 for texts in languages, else 85.

    The whole object is checked, also what a PATCH does not touch (seen on 8.2.1).
    """
    for field in one.resource.fields.values():
        value = one.shown.get(field.name)
        if field.translated and field.required and not _in_language(value, language):
            name = f"{one.resource.model}{arrow}{field.name}"
            raise RefusedError(400, (84, f'Validation error: "Property {name} is empty."'))
    for field in one.resource.fields.values():
        if field.translated or field.dynamic:
            continue
        wrong = complaint(field, one.shown.get(field.name), stored=field.name not in one.changed)
        if wrong:
            sentence = wrong % f"{one.resource.model}{arrow}{field.name}"
            raise RefusedError(400, (85, f'Validation error: "{sentence}"'))


def _in_language(value: Any, language: int) -> str:
    texts = value if isinstance(value, list) else []
    return next((text["value"] for text in texts if text["id"] == str(language)), "")


def _stored(field: Field, value: Any, languages: list[int]) -> Any:
    """A value as the database gives it back: padded decimals, zero dates, every language."""
    if field.translated:
        texts = value if isinstance(value, list) else [{"id": str(languages[0]), "value": value}]
        given = {text["id"]: text["value"] for text in texts}
        fallback = given.get(str(languages[0]), "")
        return [{"id": str(one), "value": given.get(str(one), fallback)} for one in languages]
    if value is None or value == "":
        return field.zero
    text = str(value)
    if field.type in NUMBERS:
        places = 0 if field.type in {"int", "bool"} else int(field.type[1])
        return f"{Decimal(text):.{places}f}"
    if field.type == "day":
        return text[:10]
    return f"{text} 00:00:00" if field.type == "time" and len(text) <= 10 else text
