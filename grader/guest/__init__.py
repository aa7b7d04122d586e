"""What runs inside the sandbox, beside the student's code.

Only this package is mounted into the sandbox. It imports the standard library, numpy, IPython and
msgpack, and nothing else of the grader, since notebooks may run on another Python than the grader.
The trusted side imports `protocol` from here, so that both ends use the same codec; it checks every
message that a session sends.
"""
