"""What keeps players in bounds: gradient penalties, and the average over their past."""

from ganzoo.regularizers.historical_averaging import HistoricalAveraging

__all__ = ["HistoricalAveraging"]
