-- Rhizome's warehouse: the contract. Columns may be added by the stage that owns a table; these stay.
-- Ids are 16 hex characters of a hash of a natural key and hold no person, so the same thing has the same id everywhere;
-- keys hold the person, so one person's rows can be read, exported and forgotten alone. Times are UTC.
-- A data version is a hash of content columns only: never times, run ids, etags, or rows of fetches.

-- This is version 2 of the tables, and stays as it is: what changes later is a numbered file in migrations/.

create table meta (key text primary key, value text);                          -- schema_version

-- gathering ---------------------------------------------------------------------------------------------------------
create table consents (person text, file_sha256 text, granted_by text, granted_on date, expires_on date, scope text, recorded_at timestamptz);
create table sources (                                                          -- a publication, board, account, web site
  person text, source_id text, platform text, kind text, handle text, title text, url text, hop int, found_via text,
  reported int, fetched int, opted_out text,                                    -- opted_out: the reason, or null
  remarks text,                                                                 -- what its listings said that the counts do not show
  walked int,                                                                   -- posts that its last complete walk went over; null: none, or one is under way
  primary key (person, source_id));
create table skips (person text, source_id text, reason text, n int);           -- the completeness ledger: reported = fetched + sum(skips)
create table fetches (                                                          -- append-only: every attempt, also refused ones
  person text, fetch_id text, url text, host text, source_id text, hop int, started_at timestamptz,
  status int,                                                                   -- HTTP status; null where nothing was sent
  bytes bigint, outcome text, reason text, run_id text);                        -- outcome, reason: from closed lists
create table pages (                                                            -- one version of one document
  person text, page_id text, document_id text, url text,                        -- url: the document's canonical address (a post's own, not its API call's)
  source_id text, hop int, kind text, via text, sha256 text, content_type text, -- sha256: of the redacted bytes in the blob store; via: crawl or an archive
  etag text, last_modified text, fetched_at timestamptz, run_id text, current boolean,
  title text, audience text, opted_out text, published_at timestamptz,          -- opted_out: why the document itself may not train, or null
  fetched_url text,                                                             -- the address asked (an API call's), for conditional requests
  section text,                                                                 -- the part of its publication that a post appeared in
  primary key (person, page_id));
create table passages (                                                         -- paragraph-sized texts in reading order; no encoder decides them
  person text, artefact_id text, page_id text, source_id text, hop int, url text, position int, text text, sha256 text,
  author_key text, published_at timestamptz,
  role text,                                                                    -- body, footnote, note, pin (a pin's own words), board (its title and description)
  primary key (person, artefact_id));
create table pictures (                                                         -- a place where a picture stands: in a post, on a board
  person text, artefact_id text, page_id text, source_id text, hop int, url text, position int, image_url text, alt text, caption text,
  author_key text, published_at timestamptz, primary key (person, artefact_id));
create table parsings (                                                          -- which pages the three tables around this one were made from
  person text, page_id text, inputs text,                                        -- inputs: hash of the parsers' version and of all columns of the page that count
  reason text, primary key (person, page_id));                                   -- why the page could not be read, or empty
create table links (                                                             -- all links as the pages have them; `edges` is made of them anew each time
  person text, page_id text, place int, src_id text, dst_id text, kind text,     -- place: counted over a page's links
  request_id text, happened_at timestamptz, position int);                       -- request_id: of the address, which may turn out to be another document's
create table images (                                                           -- a picture's bytes, by address; owned by the asset `images`
  image_url text primary key, sha256 text, blob_sha256 text,                    -- as served; as stored (metadata stripped)
  format text, width int, height int, frames int, phash ubigint, outcome text, reason text, fetched_at timestamptz);
create table imported_pictures (                                                 -- bytes that a person's archives brought, by the picture's address (else `import:<sha256>`);
  person text, image_url text, sha256 text, blob_sha256 text,                   -- the asset `images` takes them from here and asks nobody; owned by the asset `pages`
  format text, width int, height int, frames int, phash ubigint, via text, imported_at timestamptz, primary key (person, image_url));
create table drift (                                                             -- of a gathering's new records, how many lack a field; owned by the asset `artefacts`
  person text, run_id text, platform text, kind text, field text, n int, missing int,                                        -- kind: posts, pins, pages, pictures; field: title, text, link, alt
  examples text[], recorded_at timestamptz, primary key (person, run_id, platform, kind, field));                            -- examples: ids of pages (of artefacts, for pictures)
create table import_remarks (person text, archive text, remark text, n int);    -- what an import did not understand, as of the last gathering
create view artefacts as
  select person, artefact_id, 'text' as modality, page_id, source_id, hop, url, position, text, sha256, null::int as width, null::int as height, author_key, published_at from passages
  union all
  select p.person, p.artefact_id, 'image', p.page_id, p.source_id, p.hop, p.url, p.position, null, i.sha256, i.width, i.height, p.author_key, p.published_at
  from pictures p left join images i using (image_url);
create table edges (person text, src_id text, dst_id text, kind text, page_id text, happened_at timestamptz,  -- ends: source, document or artefact ids; the far end may be unfetched
  position int);                                                                -- where on its page a link stands, in reading order

create table frontier (                                                          -- what is still to be asked, so that a killed crawl continues
  person text, request_id text, url text, kind text, source_id text, hop int, found_via text, document_url text, state text, -- state: waiting, done, failed
  attempts int, reason text, retry_at timestamptz, order_key bigint, context text, primary key (person, request_id));       -- context: JSON that the follow-up of this kind needs
create table robots (                                                             -- robots.txt by origin, at most a day old, without its comments
  origin text primary key, status int, body text, fetched_at timestamptz,
  tdmrep text);                                                                 -- its /.well-known/tdmrep.json: empty where it has none, null while not asked
create table plans (                                                             -- what the crawl plan said last, by host
  person text, host text, known int, at_most int, minutes double, megabytes double, robots text, opted_out text, not_fetched text,
  owner text, documents int, revalidations int, pictures int,                    -- known = documents + revalidations + pictures (+ tries of a dead robots.txt)
  documents_at_most int, pictures_at_most int, minutes_at_most double, megabytes_at_most double,
  sizes text, crawl_delay double);                                               -- sizes: what the megabytes rest on; crawl_delay: seconds
create table plan_skips (person text, host text, reason text, n int);            -- what will not be asked, and why
create table plan_totals (person text, made_at timestamptz, summary text);

-- duplicates, pairs, splits -----------------------------------------------------------------------------------------
create table duplicates (person text, artefact_id text, canonical_id text, primary key (person, artefact_id));  -- flat: one row per member, the kept one included
create table duplicate_links (person text, a text, b text, method text, distance double,                        -- the evidence
  cut boolean);                                                                 -- not followed: it would have joined what the person holds to be different
create table picture_signatures (                                               -- what copies of a picture are found by, once per content
  sha256 text primary key, version text, views int, wholes blob, crops blob, greys blob);                         -- by view: a hash, 162 hashes, uint8 pixels; no view: too plain to compare
create table text_signatures (                                                  -- the same for a passage's text
  sha256 text primary key, version text, words text, n_words int, sketch blob); -- words: sha256 of the words alone; sketch: 512 bytes, empty for short texts
create table compared (person text, modality text, name text, version text, primary key (person, modality, name));     -- contents compared with all others so far
create table near_contents (person text, modality text, a text, b text, method text, distance double);           -- what that found; contents by sha256 (texts: of their words)
create table groups (person text, artefact_id text, group_id text, tie text,     -- tie: the weakest kind that holds it
  whole_id text,                                                                -- the group it would be in if no tie were cut
  primary key (person, artefact_id));
create table cut_ties (person text, kind text, name text, members int, groups int); -- each tie that was cut: what it would have tied, into how many groups it falls
create table pairs (
  person text, pair_id text, text_id text, image_id text, kind text, weight double,
  hop int,                                                                      -- of the act that ties them (the pin, the post), not of what it points at
  text_group text, image_group text, page_id text,
  evidence text,                                                                -- JSON: every route by which it was seen, the best first
  primary key (person, pair_id));
create table splits (person text, group_id text, split text, primary key (person, group_id));
create table split_members (                                                    -- the split an artefact or a document has been in: stays when groups are drawn anew
  person text, artefact_id text, split text, primary key (person, artefact_id));
create table split_variants (                                                   -- other ways to split: uncut, kfold, time, random, grid
  person text, variant text, fold int, pair_id text,                            -- a pair that a variant leaves out has no row
  split text,                                                                   -- train, validation, test
  cell text,                                                                    -- grid alone: seen, unseen_text, unseen_image, unseen
  primary key (person, variant, fold, pair_id));
create table verdicts (person text, what text, ok boolean, detail text, data_version text, recorded_at timestamptz);  -- stored outcomes that later stages obey: leak, vector_leak (by `embeddings`), too_little_data; others tell: groups, left_out, judgements, bridges, variants

-- vectors, models, scores -------------------------------------------------------------------------------------------
create table shards (shard text primary key, encoder_id text, modality text, sha256 text, n int);            -- vectors/<encoder_id>/<shard>.parquet: sha256, vector float[dim]
create table embeddings (encoder_id text, sha256 text, modality text, shard text, primary key (encoder_id, sha256, modality));
create table person_encoders (person text primary key, encoder_id text);       -- the encoder that `embeddings` used last for a person
create table models (
  person text, model_id text, recipe text, encoder_id text, pairs_version text, splits_version text, weights_sha256 text,
  manifest_sha256 text, status text, created_at timestamptz, primary key (person, model_id));
create table training_rows (                                                    -- stands alone when pairs and pages have moved on
  person text, model_id text, pair_id text, text_sha256 text, image_sha256 text, page_id text, source_id text, hop int,
  kind text, weight double, split text);
create table evaluations (                                                       -- split: test, validation, captions; or another way to split (`split_variants`), for raw and cca
  person text, space text, model_id text, encoder_id text, pairs_version text, split text, metric text, direction text,
  value double, low double, high double, n int, gallery int, seed int, recorded_at timestamptz);
create view current_evaluations as                                              -- those of each person's latest model
  select e.person, e.space, e.model_id, e.encoder_id, e.pairs_version, e.split, e.metric, e.direction, e.value, e.low, e.high, e.n, e.gallery,
         e.seed, e.recorded_at
  from evaluations e join (select person, max_by(model_id, created_at) as model_id from models group by person) using (person, model_id);

-- housekeeping ------------------------------------------------------------------------------------------------------
create table materializations (person text, asset text, code_version text, config_hash text, inputs_hash text, data_version text, run_id text, recorded_at timestamptz);
create table tombstones (key_hash text, kind text, reason text, created_at timestamptz);
