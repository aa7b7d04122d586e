"""Awards points for answers that are right given an earlier wrong one."""
