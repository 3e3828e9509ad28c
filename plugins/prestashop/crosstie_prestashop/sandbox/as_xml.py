"""Answers in XML, with what is odd about them: a value is put into CDATA as it is.

So a text that holds ``]]>`` makes the document malformed, as the real one is (recorded on 8.2.1).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from crosstie_prestashop.sandbox.refusals import RefusedError
from crosstie_prestashop.sandbox.resources import Association, Field, Record, Resource

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<prestashop xmlns:xlink="http://www.w3.org/1999/xlink">\n'
_TAIL = "</prestashop>\n"
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD")


def _cdata(value: Any) -> str:
    return f"<![CDATA[{'' if value is None or value is False else value}]]>"


def _kind(association: Association) -> str:
    place = association.place.partition("/")[0]
    extra = ' virtualEntity="true"' if association.virtual else f' api="{place}"'
    return f' nodeType="{association.node}"{extra}'


@attrs.frozen(slots=True)
class Xml:
    """The writer for one request: links begin with `url`, texts come in `languages`."""

    url: str
    languages: Sequence[int]

    def ids(self, resource: Resource, keys: Iterable[int]) -> str:
        """A list without display."""
        lines = (
            f'<{resource.node} id="{key}" xlink:href="{self.url}{resource.name}/{key}"/>\n'
            for key in keys
        )
        return self._list(resource, "".join(lines))

    def many(self, resource: Resource, records: Iterable[Record]) -> str:
        """A list of records."""
        return self._list(resource, "".join(self._record(resource, one) for one in records))

    def one(self, resource: Resource, record: Record) -> str:
        """One record."""
        return _HEAD + self._record(resource, record) + _TAIL

    def errors(self, refusal: RefusedError) -> str:
        """The errors of a refusal."""
        lines = (
            f"<error>\n<code>{_cdata(code)}</code>\n<message>{_cdata(text)}</message>\n</error>\n"
            for code, text in refusal.errors
        )
        return f"{_HEAD}<errors>\n{''.join(lines)}</errors>\n{_TAIL}"

    def root(
        self,
        name: str,
        resources: Iterable[Resource],
        rights: Mapping[str, set[str]],
        methods: Sequence[str],
    ) -> str:
        """The list of the resources that a key may use."""
        lines = [f'<api shopName="{name}">\n']
        for resource in resources:
            link = f'xlink:href="{self.url}{resource.name}'
            may = " ".join(
                f'{one.lower()}="{str(one in rights[resource.name]).lower()}"' for one in methods
            )
            lines.append(f'<{resource.name} {link}" {may}>\n')
            lines.append(f'<description {link}" {may}>\n{resource.description}</description>\n')
            if resource.name not in {"attachments", "images", "search"}:
                lines += [
                    f'<schema {link}?schema={kind}" type="{kind}"/>\n'
                    for kind in ("blank", "synopsis")
                ]
            lines.append(f"</{resource.name}>\n")
        return _HEAD + "".join(lines) + "</api>\n" + _TAIL

    def schema(self, resource: Resource, kind: str) -> str:
        """The empty record to fill in (blank) or what is known of its fields (synopsis)."""
        synopsis = kind == "synopsis"
        lines = [f"<{resource.node}>\n", "" if synopsis else f"\t<id>{_cdata('')}</id>\n"]
        for field in resource.fields.values():
            if not (field.locked and field.dynamic):
                lines.append(self._blank(field, synopsis))
        if resource.associations:
            lines.append("<associations>\n")
            lines += [
                self._blank_association(one, synopsis) for one in resource.associations.values()
            ]
            lines.append("</associations>\n")
        return f"{_HEAD}{''.join(lines)}</{resource.node}>\n{_TAIL}"

    def _list(self, resource: Resource, inner: str) -> str:
        return f"{_HEAD}<{resource.list_node}>\n{inner}</{resource.list_node}>\n{_TAIL}"

    def _record(self, resource: Resource, record: Record) -> str:
        lines = [f"<{resource.node}>\n"]
        if "id" in record:
            lines.append(f"\t<id>{_cdata(record['id'])}</id>\n")
        for field in resource.fields.values():
            if field.name in record:
                lines.append(self._field(field, record[field.name], str(record.get("id", ""))))
        associations = record.get("associations", {})
        if resource.associations and ("id" in record or associations):
            lines.append("<associations>\n")
            lines += [
                self._association(one, associations.get(one.name, []), str(record.get("id", "")))
                for one in resource.associations.values()
            ]
            lines.append("</associations>\n")
        return "".join(lines) + f"</{resource.node}>\n"

    def _field(self, field: Field, value: Any, key: str) -> str:
        marks = ""
        if field.points_to and value not in {None, "", "0", 0}:
            place = f"{field.points_to}/{key}" if "/" in field.points_to else field.points_to
            marks = f' xlink:href="{self.url}{place}/{value}"'
        if field.dynamic:
            marks += ' notFilterable="true"'
        inner = self._texts(value) if field.translated else _cdata(value)
        return f"\t<{field.name}{marks}>{inner}</{field.name}>\n"

    def _texts(self, value: Any) -> str:
        texts = (
            value
            if isinstance(value, list)
            else [{"id": one, "value": value} for one in self.languages]
        )
        return "".join(
            f'<language id="{one["id"]}" xlink:href="{self.url}languages/{one["id"]}">'
            f"{_cdata(one['value'])}</language>"
            for one in texts
            if int(one["id"]) in self.languages
        )

    def _association(
        self, association: Association, items: Sequence[Mapping[str, Any]], key: str
    ) -> str:
        head = f"<{association.name}{_kind(association)}"
        if not items:
            return f"{head}/>\n"
        place = f"{self.url}{association.place}{f'/{key}' if '/' in association.place else ''}"
        lines = [f"{head}>\n"]
        for item in items:
            link = "" if association.virtual else f' xlink:href="{place}/{item["id"]}"'
            lines.append(f"\t<{association.node}{link}>\n")
            for name, value in item.items():
                mark = self._link(association, name, str(value))
                lines.append(f"\t<{name}{mark}>{_cdata(value)}</{name}>\n")
            lines.append(f"\t</{association.node}>\n")
        return "".join(lines) + f"</{association.name}>\n"

    def _link(self, association: Association, name: str, value: str) -> str:
        place = association.points_to.get(name)
        return f' xlink:href="{self.url}{place}/{value}"' if place else ""

    def _blank(self, field: Field, synopsis: bool) -> str:
        marks = ""
        if synopsis:
            marks += ' required="true"' if field.required else ""
            marks += f' maxSize="{field.longest}"' if field.longest else ""
            marks += f' format="{field.check}"' if field.check else ""
            marks += ' readOnly="true"' if field.shown_read_only else ""
            marks += ' notFilterable="true"' if field.dynamic else ""
        inner = _cdata("")
        if field.translated:
            more = (
                '{0}" xlink:href="{1}languages/{0}" format="isUnsignedId" ' if synopsis else '{0}"'
            )
            inner = "".join(
                f'<language id="{more.format(one, self.url)}>{inner}</language>'
                for one in self.languages
            )
        return f"\t<{field.name}{marks}>{inner}</{field.name}>\n"

    def _blank_association(self, association: Association, synopsis: bool) -> str:
        kind = _kind(association) if synopsis else ""
        lines = [f"<{association.name}{kind}>\n\t<{association.node}>\n"]
        for name in association.fields:
            mark = self._marks(association, name) if synopsis else ""
            lines.append(f"\t<{name}{mark}>{_cdata('')}</{name}>\n")
        return "".join(lines) + f"\t</{association.node}>\n</{association.name}>\n"

    def _marks(self, association: Association, name: str) -> str:
        required = ' required="true"' if name in association.required else ""
        read_only = ' read_only="true" readOnly="true"' if name in association.read_only else ""
        return self._link(association, name, "") + required + read_only
