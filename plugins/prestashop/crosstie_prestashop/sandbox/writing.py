"""What writing requests do: POST, PUT, PATCH and DELETE, in XML only."""

from xml.etree.ElementTree import Element  # the type only

from crosstie_prestashop.sandbox.call import Call
from crosstie_prestashop.sandbox.drafts import Draft, check, draft, entities
from crosstie_prestashop.sandbox.people import delete_address
from crosstie_prestashop.sandbox.refusals import BrokenError, RefusedError
from crosstie_prestashop.sandbox.resources import Record, Resource
from crosstie_prestashop.sandbox.rules import BEFORE, INSTEAD, mail_state
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.showing import Showing


class Writing:
    """Writes what a request brings into the shop, in the manner of one major version."""

    def __init__(self, shop: Shop, showing: Showing, major: int) -> None:
        self.shop = shop
        self.showing = showing
        self.major = major

    def answer(self, call: Call, resource: Resource) -> tuple[int, bytes]:
        """Status and body for a writing request whose rights are checked.

        Raises `BrokenError` for resources that the sandbox holds no records of.
        """
        if not resource.stored:
            raise BrokenError("")
        if call.method == "DELETE":
            self._delete(call, resource)
            return 200, b""
        found = entities(call.request, chatty=self.major < 8)
        self._check_ids(call.method, found)
        shown = [self._save(call, resource, entity) for entity in found]
        call.rows += len(shown)
        return 201 if call.method == "POST" else 200, self.showing.records(call, resource, shown)

    def _check_ids(self, method: str, found: list[Element]) -> None:
        ids = [text for text in (one.findtext("id") for one in found) if text]
        if method == "POST":
            if ids:
                raise RefusedError(400, (91, "id is forbidden when adding a new resource"))
        elif len(set(ids)) != len(ids):
            raise RefusedError(400, (89, "id is duplicate in request"))
        elif len(ids) != len(found):
            raise RefusedError(400, (90, "id is required when modifying a resource"))

    def _save(self, call: Call, resource: Resource, entity: Element) -> Record:
        stored = None
        if call.method != "POST":
            text = entity.findtext("id") or ""
            stored = self.shop[resource.name].get(int(text) if text.isdigit() else 0)
            if stored is None:
                raise RefusedError(404, (92, "Invalid ID"))
        one = draft(resource, call.method, entity, stored)
        arrow = "-&gt;" if self.major >= 8 else "->"
        check(one, arrow=arrow, language=self.shop.languages[0])
        instead = INSTEAD.get(resource.name)
        if call.method == "POST" and instead:
            record = instead(self.shop, one, self.major)
            if resource.name == "order_histories" and call.query.get("sendemail") == "1":
                mail_state(self.shop, record)
            return record
        before = BEFORE.get(resource.name)
        if before:
            before(self.shop, one)
        return self._keep(one)

    def _keep(self, one: Draft) -> Record:
        """Store a draft; an unknown association is found too late, when it is stored already."""
        now = self.shop.now()
        if one.method != "PATCH" and "date_add" in one.resource.fields:
            one.set(date_add=one.shown["date_add"] or now)
        if "date_upd" in one.resource.fields:
            one.set(date_upd=now)
        table = self.shop[one.resource.name]
        known = one.resource.associations
        sent = one.associations or {}
        values = one.storable(self.shop.languages)
        kept = {name: sent[name] for name in sent if name in known and not table.derive}
        before = (one.stored or {}).get("associations", {})
        values["associations"] = associations = {
            name: items for name, items in {**before, **kept}.items() if items
        }
        if one.key is None:
            one.shown["id"] = str(table.insert(values))
        else:
            table.change(one.key, **values)
            one.shown["id"] = str(one.key)
        for name in sent:
            if name not in known and name != "i18n":
                sentence = f'The association "{name}" does not exists'
                raise RefusedError(400, (86, sentence))
        shown = {"id": one.shown["id"], **one.shown}
        return {**shown, "associations": associations} if associations else shown

    def _delete(self, call: Call, resource: Resource) -> None:
        """Delete one record, or several (``?id=[6,8]``): all or, if one is missing, none."""
        asked = call.query.get("id")
        texts = [call.segments[1] or "0"] if asked is None else asked.strip("[]").split(",")
        table = self.shop[resource.name]
        missing = [text for text in texts if not text.isdigit() or int(text) not in table]
        if missing:
            raise RefusedError(404, (87, f"Id(s) not exists: {', '.join(missing)}"))
        for text in texts:
            if resource.name == "addresses":
                delete_address(self.shop, int(text))
            else:
                table.remove(int(text))
