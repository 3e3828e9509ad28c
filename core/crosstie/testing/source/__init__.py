"""`SourceConformance`: proves that reading from a system misses nothing, whatever happens."""

from crosstie.testing.source.failing import FailingPromises
from crosstie.testing.source.offered import OfferedPromises
from crosstie.testing.source.paging import PagingPromises
from crosstie.testing.source.records import RecordPromises
from crosstie.testing.source.resuming import ResumingPromises
from crosstie.testing.source.secrecy import SecrecyPromises
from crosstie.testing.source.times import TimePromises
from crosstie.testing.source.values import ValuePromises


class SourceConformance(
    OfferedPromises,
    ValuePromises,
    ResumingPromises,
    PagingPromises,
    TimePromises,
    RecordPromises,
    FailingPromises,
    SecrecyPromises,
):
    """All that a stream promises; the author adds a rig, `stream`, `add`, `change` and `remove`.

    A stream that lacks an ability skips its tests and says why.
    """


__all__ = ["SourceConformance"]
