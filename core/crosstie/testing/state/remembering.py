"""The promises about what is known of records: links, what was written, cursors, passes."""

from crosstie.state import Fingerprint, Link, State
from crosstie.testing.state.case import KEY, StateCase, key_of
from crosstie.testing.texts import TEXTS

MANY = 2_000


class Remembering(StateCase):
    """What is put in comes out, by any key, and nothing else does."""

    def test_a_link_is_found_by_its_key_and_by_its_row(self, state: State) -> None:
        """By its key a record finds its row; by the row a person finds the records.

        Usually the further ids of a link (`also`) are lost.
        """
        link = Link("r1", {"invoice": "i7"})
        state.add_links([(KEY, link)])
        self.same({"1": link}, self.links(state, "1", "2"), "are keys without a link left out?")
        self.same([KEY], state.links_to("crm", "people", "r1"), "is it found by its row?")
        self.same([(KEY, link)], state.links_of("shop", "customers", "1"), "and by its record?")
        self.same(1, state.count_links(*KEY[:2], *KEY[3:]), "is it counted?")
        state.drop_link(KEY)
        self.same([], state.links_to("crm", "people", "r1"), "is a dropped link gone?")

    def test_a_link_takes_the_place_of_the_older_one(self, state: State) -> None:
        """A row that was deleted and made anew has another id.

        Usually the first one that was written stays.
        """
        state.add_links([(KEY, Link("r1", {"invoice": "i1"})), (key_of("2"), Link("r2"))])
        state.add_links([(KEY, Link("r9"))])
        expected = {"1": Link("r9"), "2": Link("r2")}
        self.same(expected, self.links(state, "1", "2"), "is the whole link replaced?")

    def test_any_text_may_be_a_key(self, state: State) -> None:
        """Keys come from outside: they are compared as they are, character by character.

        Usually case, blanks at the end or accents are folded by the storage's own rules.
        """
        keys = [*TEXTS.values(), "a", "A", "a ", " a", "é", "e\u0301"]
        state.add_links([(key_of(key), Link(f"r{place}")) for place, key in enumerate(keys)])
        expected = {key: Link(f"r{place}") for place, key in enumerate(keys)}
        self.same(expected, self.links(state, *keys), "are keys compared exactly?")

    def test_many_keys_may_be_asked_for_at_once(self, state: State) -> None:
        """A page has hundreds of records, and a pass thousands of keys.

        Usually a statement has room for fewer parameters.
        """
        keys = [str(number) for number in range(MANY)]
        state.add_links([(key_of(key), Link(f"r{key}")) for key in keys])
        state.add_fingerprints("customers", [(key, Fingerprint(f"h{key}", None)) for key in keys])
        self.same(MANY, len(self.links(state, *keys)), "are keys asked for in parts?")
        found = state.fingerprints("customers", keys)
        self.same({key: Fingerprint(f"h{key}", None) for key in keys}, found, "are all found?")

    def test_what_a_flow_wrote_is_its_own(self, state: State) -> None:
        """A row whose hash equals the last one written costs no request.

        Usually the flow is not part of the key, so that two flows undo each other's memory.
        """
        state.add_fingerprints("a", [("1", Fingerprint("old", "1")), ("2", Fingerprint("h", None))])
        state.add_fingerprints("a", [("1", Fingerprint("new", "2"))])
        state.add_fingerprints("b", [("1", Fingerprint("other", None))])
        expected = {"1": Fingerprint("new", "2"), "2": Fingerprint("h", None)}
        self.same(expected, state.fingerprints("a", ["1", "2", "3"]), "is the newest one kept?")
        state.drop_fingerprints("a", ["1"])
        self.same({}, state.fingerprints("a", ["1"]), "is a dropped one gone?")
        self.same(1, len(state.fingerprints("b", ["1"])), "does another flow's one stay?")

    def test_keys_not_met_in_a_pass_are_told(self, state: State) -> None:
        """What was written once and is not met any more has vanished at its source.

        Usually keys that another flow wrote count as vanished too.
        """
        state.add_links([(key_of(key), Link(f"r{key}")) for key in "123"])
        state.add_fingerprints("customers", [(key, Fingerprint("h", None)) for key in "12"])
        state.see("customers", ["1"])
        place = ("customers", *KEY[:2], *KEY[3:])
        self.same(["2"], state.unseen(*place), "is it what this flow wrote and did not meet?")
        state.end_pass("customers")
        self.same(["1", "2"], sorted(state.unseen(*place)), "does each pass begin anew?")

    def test_each_cursor_is_its_own(self, state: State) -> None:
        """A cursor belongs to a flow, a stream and a selection.

        Usually the selection is left out, and a filtered run moves the cursor of all.
        """
        state.set_cursor("f", "orders", "", "17")
        state.set_cursor("f", "orders", '{"status":["paid"]}', "3")
        state.set_cursor("f", "orders", "", "18")
        read = [state.cursor("f", "orders", one) for one in ("", '{"status":["paid"]}', "x")]
        self.same(["18", "3", None], read, "is the selection part of the key?")
        state.set_cursor("f", "orders", "", None)
        read = [state.cursor("f", "orders", one) for one in ("", '{"status":["paid"]}')]
        self.same([None, "3"], read, "does None forget this one only?")

    def test_what_connectors_keep_is_by_system(self, state: State) -> None:
        """Two shops of one kind keep their texts under the same names.

        Usually the system is not part of the key.
        """
        state.keep("shop", "zone", "Europe/Paris")
        state.keep("shop", "zone", "Europe/Rome")
        state.keep("other", "zone", "UTC")
        read = [state.recall(system, "zone") for system in ("shop", "other", "third")]
        self.same(["Europe/Rome", "UTC", None], read, "is the newest text kept, by system?")
