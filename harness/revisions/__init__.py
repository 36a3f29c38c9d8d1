"""Two commits of the current repository, measured in turn within one run by today's harness.

Each commit is checked out in a temporary worktree of its own, and nothing is left behind. The user's checkout, index
and branches are not touched.
"""

from harness.revisions.measure import measure_revisions
from harness.revisions.worktrees import Tree, worktrees

__all__ = ["Tree", "measure_revisions", "worktrees"]
