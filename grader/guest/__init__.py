"""What runs inside the sandbox, beside the student's code.

This package is bound into the sandbox on its own, under the name ``inside``. It imports the
standard library, numpy, IPython and msgpack, and nothing else of the grader: the course's Python
may be another one than the grader's. The trusted side imports `values` and `wire` from here, so
that both ends speak one language; it never trusts what the other end says in it.
"""
