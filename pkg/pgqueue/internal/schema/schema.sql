-- The tables of the queues of pg:. All text that runs them names the schema.

create table switchboard.entry (
	id         bigint generated always as identity primary key,
	queue      text collate "C" not null,
	-- base is the file base of the name that a queue directory would have: TIME+DIGEST.
	base       text collate "C" not null,
	received   double precision not null,
	digest     bytea not null check (octet_length(digest) = 20),
	-- 1 ready, 2 in flight, 3 preserved
	state      smallint not null default 1 check (state between 1 and 3),
	-- generation is another one with each claim, over all entries, so that no claim is
	-- taken for a later one.
	generation bigint not null default 0,
	-- restores and whichq repeat what metadata says, for people and for monitoring.
	restores   integer not null default 0,
	whichq     text,
	-- lease_until is when a claim ends by itself. A claim without one never does.
	lease_until timestamptz,
	claimed_at timestamptz,
	claimed_by text,
	stored_at  timestamptz not null default now(),
	changed_at timestamptz not null default now(),
	-- named means that the name was given, and is remembered when the entry is finished.
	named      boolean not null default false,
	-- message_size is how many bytes the message's pickle has, size how many both have.
	message_size bigint not null,
	size       bigint not null,
	-- message is the message's pickle. Of one over 512 KiB it has only the first 64 KiB; the
	-- others are in body, in chunks of 512 KiB.
	message    bytea not null,
	metadata   bytea not null,
	unique (queue, base)
);

-- The bulk of mail does not compress, and a part of a value that is not compressed can be read
-- by itself.
alter table switchboard.entry alter column message set storage external, alter column metadata set storage external;

-- Many rows die: each is changed when it is claimed, and deleted. The default waits for a
-- share of the table, which is the longer the deeper the queue was.
alter table switchboard.entry set (
	fillfactor = 90,
	autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
	autovacuum_vacuum_cost_delay = 0,
	autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000,
	toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000,
	toast.autovacuum_vacuum_cost_delay = 0
);

-- The order of a queue is that of digest, too, after the time.
--
-- While nothing is in flight, the second one looks shorter than any other index. But until nobody
-- can see them any more, it has all entries that were. So a statement that knows an entry by its
-- number or its name asks for state + 0, which these indexes do not have.
create index entry_ready on switchboard.entry (queue, received, digest) where state = 1;
create index entry_inflight on switchboard.entry (queue, received, digest) where state = 2;
create index entry_preserved on switchboard.entry (queue, received, digest) where state = 3;

create table switchboard.body (
	entry bigint not null references switchboard.entry on delete cascade,
	-- n is 1 for the chunk after the one in entry.
	n     integer not null,
	chunk bytea not null,
	primary key (entry, n)
);
alter table switchboard.body alter column chunk set storage external;
alter table switchboard.body set (
	autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
	autovacuum_vacuum_cost_delay = 0,
	toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000,
	toast.autovacuum_vacuum_cost_delay = 0
);

-- named has the names that entries were stored under by request. They outlive the entry, so that
-- a relay that was killed between storing and finishing does not store again.
create table switchboard.named (
	queue   text collate "C" not null,
	base    text collate "C" not null,
	-- message is the SHA-256 of the message's pickle: another message under the same name is
	-- a conflict.
	message bytea not null check (octet_length(message) = 32),
	-- at is when the entry was stored, then when it was finished.
	at      timestamptz not null default now(),
	-- base comes first: a name is forgotten in all queues at once.
	primary key (base, queue)
);
create index named_at on switchboard.named (at);
alter table switchboard.named set (
	autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
	autovacuum_vacuum_cost_delay = 0
);

-- generation numbers the claims.
create sequence switchboard.generation as bigint;
