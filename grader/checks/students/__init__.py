"""Students on the trusted side: references, proxies and transcripts, without a sandbox."""
