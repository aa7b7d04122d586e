"""Labels in capitals, with spaces and hyphens, in a call of dict."""

answers = dict(
    free_throws="IID",
    mixed_shots="Not Identically Distributed",
    one_scale=" i i d ",
    five_scales="NOT-IDENTICALLY-DISTRIBUTED",
    streaky_player="Not-Independent",
    tomorrow="not_independent",
)
