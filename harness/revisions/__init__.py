"""Two commits, of linbench's own repository or a library's, measured in turn within one run by today's harness.

A commit of linbench is checked out in a temporary worktree, which is removed afterwards; one of a library is built in a
clone, and its wheel is kept. The user's checkout, index and branches are not touched.
"""

from harness.revisions.library import Library, Revision, measure_library
from harness.revisions.measure import measure_revisions
from harness.revisions.worktrees import Tree, worktrees

__all__ = ["Library", "Revision", "Tree", "measure_library", "measure_revisions", "worktrees"]
