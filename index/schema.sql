-- schema.sql: every table of the store and every column, and why.
--
-- A store is a folder: control.db, which says what was read and which days
-- there are, and days/YYYY-MM-DD-N.db, the records.  docs/STORE.md tells how
-- they work together.  All files carry application_id "Mtrc" and the format
-- of the store in user_version.  The program executes this file: the part
-- after @control in control.db, the part after @partition in each day.
--
-- All times are microseconds since 1970, UTC.  A record number is
-- group * 128 + place in the group.

-- @control

-- One row: the identity of the store and where it stands.
CREATE TABLE info(
  id          INTEGER PRIMARY KEY CHECK(id = 1),
  store       BLOB NOT NULL,    -- 16 random bytes; every day file has them too
  secret      BLOB NOT NULL,    -- 32 random bytes: the key of all token hashes
  created     INTEGER NOT NULL,
  batch       INTEGER NOT NULL, -- the last batch that is in the tables here
  next_part   INTEGER NOT NULL, -- number of the next day file
  next_source INTEGER NOT NULL,
  state_part  INTEGER           -- day file whose `state` is the newest; NULL:
                                -- the one in `state` here
);

-- What the reading side wants back when it goes on: open hops, sessions.
CREATE TABLE state(
  id   INTEGER PRIMARY KEY CHECK(id = 1),
  body BLOB NOT NULL
);

-- The catalogue: one row for each day file that belongs to the store.  Files
-- that are not here are left-overs.  The columns repeat what the files say of
-- themselves, so that a question opens only files that may answer it.
CREATE TABLE part(
  id      INTEGER PRIMARY KEY,
  day     INTEGER NOT NULL,  -- days since 1970 of the records' first events;
                             -- a few next to midnight may be of a neighbour
  sealed  INTEGER NOT NULL,  -- 1: one run, never written again
  t0      INTEGER NOT NULL,  -- first and last event
  t1      INTEGER NOT NULL,
  records INTEGER NOT NULL,
  bytes   INTEGER NOT NULL,  -- of the file, when it was sealed
  shift   INTEGER            -- of its filter (see below); NULL: none
);

-- Which token hashes a sealed day has, so that an id is not looked for in
-- every file: LEB128 distances of the distinct hash >> shift, ascending, in
-- pages.  id = part << 32 | first value of the page.
CREATE TABLE filter(
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL
);

-- What was read.
CREATE TABLE source(
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,    -- path as given, or "-"
  host     TEXT NOT NULL,    -- that logged in it, first seen
  print    BLOB NOT NULL,    -- fingerprint of the content
  dev      INTEGER NOT NULL, -- where it was last seen
  inode    INTEGER NOT NULL,
  size     INTEGER NOT NULL, -- of the file as it lies there
  mtime    INTEGER NOT NULL,
  done     INTEGER NOT NULL, -- decoded bytes read
  line     INTEGER NOT NULL, -- number of the last line read
  t0       INTEGER NOT NULL, -- first and last stamp, 0 when none
  t1       INTEGER NOT NULL,
  lines    INTEGER NOT NULL,
  events   INTEGER NOT NULL,
  ignored  INTEGER NOT NULL,
  unknown  INTEGER NOT NULL,
  foreign_ INTEGER NOT NULL,
  finished INTEGER NOT NULL, -- 1: closed, nothing will be added to it
  state    BLOB NOT NULL     -- the reading side's own
);

-- Kinds of lines nobody understood: digits and ids replaced, counted by
-- source so that a source can be replaced.
CREATE TABLE unknown(
  shape  TEXT NOT NULL,
  source INTEGER NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY(shape, source)
) WITHOUT ROWID;

-- A few lines of each kind.
CREATE TABLE sample(
  shape  TEXT NOT NULL,
  source INTEGER NOT NULL,
  line   TEXT NOT NULL,
  PRIMARY KEY(shape, source, line)
) WITHOUT ROWID;

-- Who logs in which source.
CREATE TABLE host(
  name     TEXT NOT NULL,
  source   INTEGER NOT NULL,
  t0       INTEGER NOT NULL,
  t1       INTEGER NOT NULL,
  lines    INTEGER NOT NULL,
  programs INTEGER NOT NULL, -- bit 1 << enum mta
  PRIMARY KEY(name, source)
) WITHOUT ROWID;

-- Lines of a host in a quarter of an hour (slot = time / 900 s): silence
-- shows as missing rows.
CREATE TABLE cover(
  host   TEXT NOT NULL,
  slot   INTEGER NOT NULL,
  source INTEGER NOT NULL,
  lines  INTEGER NOT NULL,
  PRIMARY KEY(host, slot, source)
) WITHOUT ROWID;

-- Stretches in which the logging itself says that it lost lines.
CREATE TABLE gap(
  host   TEXT NOT NULL,
  t0     INTEGER NOT NULL,
  t1     INTEGER NOT NULL,
  why    TEXT NOT NULL,
  source INTEGER NOT NULL,
  PRIMARY KEY(host, t0, t1, why, source)
) WITHOUT ROWID;

-- What a batch brings to other day files than its own, while recovery does it
-- again out of that file's delta.
CREATE TABLE redo(
  part  INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL,
  day   INTEGER NOT NULL,
  body  BLOB NOT NULL
);

-- @partition

-- One row: what this file is.
CREATE TABLE info(
  id      INTEGER PRIMARY KEY CHECK(id = 1),
  store   BLOB NOT NULL,    -- as in control.db
  secret  BLOB NOT NULL,
  part    INTEGER NOT NULL,
  day     INTEGER NOT NULL,
  sealed  INTEGER NOT NULL,
  t0      INTEGER NOT NULL, -- first and last event; t0 > t1 while empty
  t1      INTEGER NOT NULL,
  records INTEGER NOT NULL,
  batch   INTEGER NOT NULL  -- the last batch that is in here
);

-- Live files: groups of up to 128 records of one kind, column after column,
-- in six sections (index/seg_form.h).
CREATE TABLE grp(
  id   INTEGER PRIMARY KEY,
  subj BLOB NOT NULL, -- subjects
  addr BLOB NOT NULL, -- distinct envelope addresses
  head BLOB NOT NULL, -- kinds of events, small values, references
  num  BLOB NOT NULL, -- times, line numbers, offsets, sizes
  text BLOB NOT NULL, -- names, ids, replies, kept lines
  bin  BLOB NOT NULL  -- hexadecimal ids, IPv4 addresses
);

-- Sealed files: the same sections, one behind the other in three streams that
-- are cut into rows of a page each (index/group_io.h).
CREATE TABLE heap(
  id   INTEGER PRIMARY KEY, -- stream << 40 | row of it
  body BLOB NOT NULL
);

-- All groups, without their bodies.
CREATE TABLE dir(
  id   INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, -- enum rec_kind
  n    INTEGER NOT NULL, -- records
  full INTEGER NOT NULL, -- 0: further records go into it
  t0   INTEGER NOT NULL, -- first and last event
  t1   INTEGER NOT NULL,
  at   BLOB              -- sealed: where it lies in the streams
);

-- The index: pages of (token hash, record number), see index/runs.h.
CREATE TABLE run(
  id   INTEGER PRIMARY KEY, -- run << 45 | first hash << 13 | page of it
  body BLOB NOT NULL
);

-- Which runs there are.
CREATE TABLE seg(
  id       INTEGER PRIMARY KEY, -- number of the run
  level    INTEGER NOT NULL,    -- how often its postings were merged
  postings INTEGER NOT NULL,
  hashes   INTEGER NOT NULL     -- distinct ones, or a little more
);

-- What batches whose own file this is changed in control.db and brought to other
-- day files, kept until it is
-- known to be on the disk there too.
CREATE TABLE delta(
  batch INTEGER PRIMARY KEY,
  body  BLOB NOT NULL
);

-- As in control.db, when this is the newest batch's own file.
CREATE TABLE state(
  id   INTEGER PRIMARY KEY CHECK(id = 1),
  body BLOB NOT NULL
);
