"""The connector: its settings, and the tables of a connected vtiger.

::

    [systems.crm]
    use = "vtiger"
    url = "https://crm.example"
    username = "sync"
    access_key = { env = "CRM_KEY" }
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal

import attrs

from crosstie import Advice, Env, Finding, Live, Secret, Table, setting
from crosstie_vtiger.catalog import Currencies, Products, ShopProducts
from crosstie_vtiger.checking import findings
from crosstie_vtiger.crm import Crm, Shared
from crosstie_vtiger.customers import Accounts, Companies
from crosstie_vtiger.introducing import introduce
from crosstie_vtiger.inventory import InventoryTable
from crosstie_vtiger.modules import INVENTORY
from crosstie_vtiger.orders import Orders
from crosstie_vtiger.people import People
from crosstie_vtiger.potentials import Potentials
from crosstie_vtiger.rules import Rules
from crosstie_vtiger.session import PATH, Session
from crosstie_vtiger.tables import ModuleTable

PREFIX = re.compile(r"(?! )[A-Za-z0-9 #\[\]_-]*")


@attrs.frozen
class Vtiger:
    """vtiger CRM, written through its web service."""

    kind: ClassVar[str] = "vtiger"
    usual_name: ClassVar[str] = "crm"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = None
    tables_known: ClassVar[tuple[str, ...]] = ("customers", "products", "currencies", "orders")

    url: str = setting(
        "Address of vtiger's start page, with https:// (also with webservice.php)", identifies=True
    )
    username: str = setting("Name of the user who writes")
    access_key: Secret = setting("That user's access key, from My Preferences; not the password")
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    settle: timedelta | None = setting(
        "How long a write whose answer was lost may still land; the time-out unless set",
        default=None,
    )
    workers: int = setting("Writers in parallel, each with a session of its own", default=4)
    assigned_user_id: str | None = setting(
        "Owner of new records: a user's name, or an id such as 19x5; the writing user unless set",
        default=None,
    )
    order_prefix: str = setting(
        "Text before the order's number in the subject: a-z A-Z 0-9 # [ ] _ - and blanks",
        default="Bon de commande no",
    )
    create_account: Literal["never", "company", "always"] = setting(
        "Whether customers without orders get an Account: those of a company, all, or none",
        default="never",
    )
    share_accounts: bool = setting(
        "Whether customers of one company share the Account of that name", default=False
    )
    order_account: str = setting(
        'Whose Account orders belong to: "own", made for each customer who orders, or the id of one'
        " for all, such as 11x2",
        default="own",
    )
    create_potential: bool = setting(
        "Whether each order gets a Potential: of the Account that was made for it, else of the"
        " Contact",
        default=False,
    )
    potential_prefix: str = setting(
        "Text before the order's number in a potential's name, of the same characters",
        default="Commande boutique no",
    )
    create_invoice: bool = setting(
        "Whether an order whose state allows one gets an Invoice, one, which follows it",
        default=True,
    )
    currencies: dict[str, str] = setting(
        "Which of vtiger's currencies stands for one of the shop, where the ISO code is not enough:"
        ' { USD = "21x3" }',
        default=attrs.Factory(dict),
    )
    defaults: dict[str, str] = setting(
        'Values for new records where the shop has none, by "Module.field"',
        default=attrs.Factory(dict),
    )
    _shared: Shared = attrs.field(init=False, factory=Shared, eq=False, repr=False)

    @url.validator
    def _check_url(self, _: Any, url: str) -> None:
        if not re.match(r"https?://[^/?#]", url):
            raise ValueError(f"url must begin with https:// or http://, not {url!r}")

    @order_account.validator
    def _check_account(self, _: Any, account: str) -> None:
        if account != "own" and not re.fullmatch(r"\d+x\d+", account):
            raise ValueError(f'order_account is "own" or an id such as 11x2, not {account!r}')

    @order_prefix.validator
    @potential_prefix.validator
    def _check_prefix(self, attribute: Any, prefix: str) -> None:
        if not PREFIX.fullmatch(prefix):
            raise ValueError(
                f"{attribute.name} may have the letters a-z and A-Z, digits, blanks (not the"
                f" first) and # [ ] _ -, not {prefix!r}"
            )

    def connect(self, env: Env) -> Live:
        """See `Connector`: nothing is asked before the first use."""
        session = Session(
            http=env.http(base_url(self.url)),
            clock=env.clock,
            username=self.username,
            access_key=self.access_key,
            logins=self._shared.logins,
        )
        crm = Crm(
            session=session,
            shared=self._shared,
            clock=env.clock,
            memory=env.memory,
            log=env.log,
            owner=self.assigned_user_id,
            defaults=self.defaults,
            alone=env.alone,
        )
        rules = Rules(
            create_account=self.create_account,
            share_accounts=self.share_accounts,
            order_account=None if self.order_account == "own" else self.order_account,
            create_potential=self.create_potential,
            create_invoice=self.create_invoice,
            order_prefix=self.order_prefix,
            potential_prefix=self.potential_prefix,
            currencies={code.upper(): row for code, row in self.currencies.items()},
        )
        return VtigerLive(crm, rules, base_url(self.url))


def base_url(url: str) -> str:
    """The folder that webservice.php is in, whichever of its addresses was given."""
    return url.partition("?")[0].removesuffix(PATH).removesuffix("index.php").rstrip("/") + "/"


class Tables(Mapping[str, Table]):
    """The commerce tables by their names, and every module of vtiger by its own.

    Whether vtiger has a module is seen when it is used; only the commerce tables are listed.
    """

    def __init__(self, crm: Crm, rules: Rules) -> None:
        self._crm = crm
        self._commerce: Mapping[str, Callable[[], Table]] = {
            "accounts": lambda: Accounts(crm),
            "currencies": lambda: Currencies(crm, rules),
            "companies": lambda: Companies(crm),
            "customers": lambda: People(crm, rules),
            "orders": lambda: Orders(crm, rules),
            "potentials": lambda: Potentials(crm, rules),
            "products": lambda: ShopProducts(crm),
        }
        self._made: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commerce)

    def __len__(self) -> int:
        return len(self._commerce)

    def _make(self, name: str) -> Table:
        if name in self._commerce:
            return self._commerce[name]()
        if name == name.lower():  # no module of vtiger is written so: a slip of the pen
            raise KeyError(name)
        if name == "Products":
            return Products(self._crm)
        return (InventoryTable if name in INVENTORY else ModuleTable)(self._crm, name)


@attrs.frozen
class VtigerLive:
    """A connected vtiger with a session of its own."""

    crm: Crm
    rules: Rules
    address: str
    _tables: Tables = attrs.field(
        init=False, default=attrs.Factory(lambda live: Tables(live.crm, live.rules), True)
    )

    def streams(self) -> Mapping[str, Any]:
        """See `Live`: vtiger is only written."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `Live`."""
        return self._tables

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `Checks`."""
        return findings(self.crm, self.rules, use, self.address)

    def introduce(self, use: Mapping[str, frozenset[str]]) -> Iterable[Advice]:
        """See `Introduces`."""
        return introduce(self.crm, self.rules, use, self.address)

    def close(self) -> None:
        """See `Live`."""
        self.crm.session.close()
