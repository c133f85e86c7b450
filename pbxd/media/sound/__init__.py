"""Sound as samples: codecs, jitter, tones, mixing, files. Pure: bytes and ``now`` go in, bytes come out.

Inside, sound is signed 16-bit mono at :data:`pbxd.media.sound.pcm.RATE` in frames of 20 ms. A relayed call never comes
here, and neither numpy nor PyAV is imported until the engine gets its first command about sound.
"""

import os

# The matrices here are tiny; threads that wait for more of them would take the relay's time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
