alter table text_signatures add column prints blob; -- uint64 hashes of runs of words, by which a passage is found inside longer ones; empty for short texts
