"""Order states, notes on orders and customers' groups: once, and nothing else is touched."""

from typing import Any

import pytest

from crosstie import RejectedError, UnauthorisedError, UncertainError
from crosstie.sandbox import Reply, Request
from crosstie_prestashop.actions.groups import AddCustomerToGroup
from crosstie_prestashop.actions.notes import AddOrderNote
from crosstie_prestashop.actions.states import SetOrderState
from crosstie_prestashop.sandbox import change_state, edit_customer, place_order


@pytest.fixture
def order(reach: Any) -> str:
    """An order that waits for its money, in a shop that says which state means cancelled."""
    reach.shop["configurations"].insert({"name": "PS_OS_CANCELED", "value": "6"})
    return str(place_order(reach.shop, int(reach.read("customers").keys[0]), [(1, 1)]))


def histories(reach: Any, order: str) -> list[str]:
    table = reach.shop["order_histories"]
    keys = sorted(table.with_value("id_order", int(order)))
    return [table.value(key, "id_order_state") for key in keys]


def test_a_state_is_set_with_all_that_follows_and_not_twice(reach: Any, order: str) -> None:
    action, live = SetOrderState(order=order, state="payment ACCEPTED"), reach.connect()
    told = action.run(live, "1")
    assert told == {
        "order": order,
        "state": "2",
        "name": "Payment accepted",
        "changed": True,
        "since": reach.clock.now().replace(microsecond=0),
    }
    assert action.run(live, "2") == {**told, "changed": False}
    assert histories(reach, order) == ["10", "2"]
    assert reach.shop["orders"].value(int(order), "invoice_number") != "0"


@pytest.mark.parametrize(
    ("word", "state"), [("4", "4"), ("cancelled", "6"), ("Canceled", "6"), ("Delivered", "5")]
)
def test_a_state_is_named_by_id_name_or_flag(reach: Any, order: str, word: str, state: str) -> None:
    assert SetOrderState(order=order, state=word).run(reach.connect(), "1")["state"] == state


def test_a_word_for_several_states_is_refused_with_their_names(reach: Any, order: str) -> None:
    named = "'shipped' means several states: name one of 'Delivered', 'Sent'"
    reach.shop["order_states"].change(4, name=[{"id": "1", "value": "Sent"}])
    with pytest.raises(RejectedError, match=named):
        SetOrderState(order=order, state="shipped").run(reach.connect(), "1")
    reach.shop["order_states"].change(5, shipped="0")
    assert SetOrderState(order=order, state="shipped").run(reach.connect(), "1")["state"] == "4"


def test_a_state_that_was_deleted_is_not_given_again(reach: Any, order: str) -> None:
    states = reach.shop["order_states"]
    states.change(4, deleted="1", name=[{"id": "1", "value": "Delivered"}])
    told = SetOrderState(order=order, state="Delivered").run(reach.connect(), "1")
    assert told["state"] == "5"
    with pytest.raises(RejectedError, match="state '4' was deleted in the shop"):
        SetOrderState(order=order, state="4").run(reach.connect(), "2")


@pytest.mark.parametrize(
    ("order_id", "state", "sentence"),
    [("9999", "Shipped", "there is no 9999 among the orders"), ("1", "Shiped", "did you mean")],
)
def test_what_is_not_there_is_refused_before_anything_is_sent(
    reach: Any, order_id: str, state: str, sentence: str
) -> None:
    with pytest.raises(RejectedError, match=sentence):
        SetOrderState(order=order_id, state=state).run(reach.connect(), "1")
    assert {one.method for one in reach.wire.log} == {"GET"}


def test_the_shops_own_mail_is_sent_only_where_it_is_asked_for(reach: Any, order: str) -> None:
    SetOrderState(order=order, state="2").run(reach.connect(), "1")
    assert reach.shop.mails == []
    SetOrderState(order=order, state="4", mail=True).run(reach.connect(), "2")
    assert reach.shop.mails == [(int(order), 4)]


def test_a_state_that_was_set_half_is_set_again(reach: Any, order: str) -> None:
    """As after a deadlock: the order says so, and there is neither history nor invoice."""

    def deadlock(request: Request) -> Reply | None:
        if request.method != "POST":
            return None
        reach.shop["orders"].change(int(order), current_state="2")
        return Reply(500, b"", {"Content-Type": "text/html"})

    action, live = SetOrderState(order=order, state="2"), reach.connect()
    reach.wire.spoil = deadlock
    with pytest.raises(UncertainError):
        action.run(live, "1")
    reach.wire.spoil = lambda _: None
    assert action.recall(live, "1") is None
    assert action.run(live, "1")["changed"]
    assert histories(reach, order) == ["10", "2"]


def test_a_state_that_was_set_is_known_again_when_others_have_changed_it_since(
    reach: Any, order: str
) -> None:
    action, live = SetOrderState(order=order, state="2"), reach.connect()
    told = action.run(live, "1")
    change_state(reach.shop, int(order), 4)
    assert action.recall(live, "1") == told
    assert action.run(live, "1") == told
    assert histories(reach, order) == ["10", "2", "4"]


def test_a_group_is_added_and_all_else_of_the_customer_stays(reach: Any) -> None:
    table, key = reach.shop["customers"], int(reach.read("customers").keys[0])
    before = table[key]
    told = AddCustomerToGroup(customer=str(key), group="guest").run(reach.connect(), "1")
    assert told == {"customer": str(key), "group": "2"}
    after = table[key]
    assert after.pop("associations") == {"groups": [{"id": "3"}, {"id": "2"}]}
    assert {name for name in after if after[name] != before[name]} <= {"date_upd"}
    sent = reach.wire.log[-1]
    assert sent.method == "PATCH"
    assert b"passwd" not in sent.body


@pytest.mark.parametrize("version", ["1.7.8.11", "8.2.1", "9.0.3"])
def test_a_group_leaves_the_password_alone_in_all_versions(
    reach: Any, reach_of: Any, changed: Any, version: str
) -> None:
    key = reach.read("customers").keys[0]
    before = reach.shop["customers"][int(key)]
    live = reach_of(reach.shop, version=version).connect()
    for _ in range(2):
        AddCustomerToGroup(customer=key, group="2").run(live, "1")
    after = reach.shop["customers"][int(key)]
    assert changed(before, after) <= {"associations", "date_upd"}
    assert after["passwd"] == before["passwd"]
    assert after["associations"]["groups"] == [{"id": "3"}, {"id": "2"}]


def test_a_customer_who_is_in_the_group_is_left_alone(reach: Any) -> None:
    AddCustomerToGroup(customer="1", group="Customer").run(reach.connect(), "1")
    assert {one.method for one in reach.wire.log} == {"GET"}


def test_what_the_shop_refuses_of_old_data_is_told(reach: Any) -> None:
    edit_customer(reach.shop, 1, company="Legacy <SARL>")
    with pytest.raises(RejectedError, match="Property Customer->company is not valid"):
        AddCustomerToGroup(customer="1", group="Guest").run(reach.connect(), "1")


@pytest.mark.parametrize(
    ("customer", "group", "sentence"),
    [("9999", "Guest", "no 9999 among the customers"), ("1", "Gold", "there is no group 'Gold'")],
)
def test_a_group_or_customer_that_is_not_there_is_refused(
    reach: Any, customer: str, group: str, sentence: str
) -> None:
    with pytest.raises(RejectedError, match=sentence):
        AddCustomerToGroup(customer=customer, group=group).run(reach.connect(), "1")


def test_groups_of_one_name_are_told_by_their_ids(reach: Any) -> None:
    reach.shop["groups"].change(1, name=[{"id": "1", "value": "guest"}])
    with pytest.raises(RejectedError, match="2 groups are called 'Guest'"):
        AddCustomerToGroup(customer="1", group="Guest").run(reach.connect(), "1")


@pytest.mark.parametrize("version", ["1.7.8.11", "8.2.1", "9.0.3"])
def test_a_note_is_added_once_below_what_was_noted(
    reach: Any, reach_of: Any, order: str, version: str
) -> None:
    reach.shop["orders"].change(int(order), note="Ring twice")
    action, live = (
        AddOrderNote(order=order, text="Tom & Zoë: <b>"),
        reach_of(reach.shop, version=version).connect(),
    )
    assert action.recall(live, "1") is None
    told = action.run(live, "1")
    assert action.run(live, "1") == told == action.recall(live, "1")
    lines = reach.shop["orders"].value(int(order), "note").splitlines()
    assert lines == ["Ring twice", f"Tom & Zoë: <b> [{told['mark']}]"]


def test_the_right_to_change_orders_is_named(reach: Any, order: str) -> None:
    key = reach.limit("orders")
    with pytest.raises(UnauthorisedError, match="give it the right PATCH on orders"):
        AddOrderNote(order=order, text="x").run(reach.connect(key=key), "1")
