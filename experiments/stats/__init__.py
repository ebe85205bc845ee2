"""Pure statistics on Moments and numbers; knows no product word and does no I/O."""
