"""What every test begins with."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is read of long logs away from the user's cache, in every process that a test starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLTUI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
