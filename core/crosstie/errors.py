"""Every error that Crosstie raises on purpose, grouped by what happens next.

::

    CrosstieError
    ├── ConfigError          nothing runs until the config is mended            exit 2
    ├── PluginError          a plugin cannot be used: named, with the reason    exit 2
    ├── StateError           the state file cannot be used                      exit 3
    ├── FlowError            this flow stops, the others go on                  exit 3
    │   ├── UnauthorisedError    the system refuses us or a right is missing
    │   ├── UnavailableError     the system is down, unreachable or not what it should be
    │   │   └── SlowError            it did not answer in time: less may be answered
    │   ├── LeaseError           somebody else runs this flow
    │   ├── NotArmedError        a copied state, or one of other systems: see `crosstie arm`
    │   └── DeletionsError       more deletions than seem right: asks
    ├── WebhookError         an incoming request is refused, its sender told
    └── RecordError          this record is set aside, the others go on         exit 1
        ├── MappingError         the record could not be mapped
        ├── AmbiguousError       several rows match: the user settles it
        ├── RejectedError        the system said no, with its reason
        ├── ConflictError        it is there already, and is left as it is: not set aside
        ├── GoneError            the row to change is no longer in the sink
        ├── NotLinkedError       it points to a record that is not there yet
        └── UncertainError       it may have been done, and nobody knows

A message says what is wrong, where, and what to do.
Messages are printed in one place (the command line), without a traceback.
Whatever is not a `CrosstieError` is a bug of ours and shows its traceback.
"""

from collections.abc import Sequence


class CrosstieError(Exception):
    """The root: its text is a sentence for the user."""

    exit_code = 3


class ConfigError(CrosstieError):
    """The config cannot be used; `mistakes` holds every mistake, one sentence each."""

    exit_code = 2

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class PluginError(CrosstieError):
    """A plugin cannot be loaded or does not keep to the hook specs; the text names it."""

    exit_code = 2


class StateError(CrosstieError):
    """The state file cannot be used: newer than this program, damaged, or the disk is full."""


class FlowError(CrosstieError):
    """This flow stops here; what is written stays written and its cursor stays where it is."""


class UnauthorisedError(FlowError):
    """The system does not let us in, or a right is missing that the flow cannot do without."""


class UnavailableError(FlowError):
    """The system cannot be reached or does not answer as itself; nothing was carried out."""


class SlowError(UnavailableError):
    """The system took a read and did not answer in time; asked for less, it may."""


class LeaseError(FlowError):
    """Another process runs this flow, or has taken it over from us."""


class NotArmedError(FlowError):
    """The state was copied, or its systems have moved: nothing is sent until it is armed."""


class DeletionsError(FlowError):
    """More records vanished at the source than seem right, so nothing is deleted unasked."""


class WebhookError(CrosstieError):
    """An incoming request is refused: forged, too old, or not readable; nothing is kept of it."""


class RecordError(CrosstieError):
    """One record cannot be dealt with: it is set aside with this text as its reason.

    A table's `write` returns these in place of a `Written`; everything else may raise them.
    """

    exit_code = 1
    kind = "rejected"


class MappingError(RecordError):
    """A record could not be turned into a row; the text names the field and the template."""

    kind = "mapping"


class AmbiguousError(RecordError):
    """Several rows answer to one natural key; the text names their ids."""

    kind = "ambiguous"


class RejectedError(RecordError):
    """The system refused this row for good; the text carries the system's own reason."""

    kind = "rejected"


class ConflictError(RecordError):
    """A row to create is there already, in a table whose rows are never changed.

    It is reported with the system's own words; there is nothing to retry, so it is not set aside.
    After a try whose answer was lost it means that this try was carried out.
    """

    kind = "conflict"


class GoneError(RecordError):
    """The row to change is no longer there: the runner forgets its id, looks, and creates anew."""

    kind = "gone"


class NotLinkedError(RecordError):
    """The record points to another one that has no counterpart in the sink yet.

    `waits_for` is that one's stream, its key and the sink's table, if they are known.
    """

    kind = "not linked"

    def __init__(self, message: str, waits_for: tuple[str, str, str] | None = None) -> None:
        super().__init__(message)
        self.waits_for = waits_for


class UncertainError(RecordError):
    """A deed may or may not have been carried out (time-out, cut answer, empty 500).

    Returned by a table's `write`, it makes the runner look, wait, look again, and only then retry.
    """

    kind = "uncertain"
