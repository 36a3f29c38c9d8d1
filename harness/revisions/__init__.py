"""Two commits of the repository one stands in, measured in turn within one run by the harness of today.

Each commit is checked out in a temporary worktree of its own, of which nothing stays behind; the user's checkout, index
and branches are not touched.
"""

from harness.revisions.measure import measure_revisions
from harness.revisions.worktrees import Tree, worktrees

__all__ = ["Tree", "measure_revisions", "worktrees"]
