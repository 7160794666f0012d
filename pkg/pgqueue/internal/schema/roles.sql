-- The three roles. A role that logs in is granted one of them.

-- Roles belong to all databases of a server: those of another one may exist, or be made at
-- this moment.
do $$
declare
	name text;
begin
	foreach name in array array['switchboard_look', 'switchboard_store', 'switchboard_handle'] loop
		begin
			if not exists (select from pg_catalog.pg_roles where rolname = name) then
				execute pg_catalog.format('create role %I nologin', name);
			end if;
		exception when duplicate_object or unique_violation then
			null;
		end;
	end loop;
end
$$;

revoke all on schema switchboard from public;
grant usage on schema switchboard to switchboard_look, switchboard_store, switchboard_handle;
grant select on switchboard.version to switchboard_look, switchboard_store, switchboard_handle;

-- look: qstat and qcat.
grant select on switchboard.entry, switchboard.body, switchboard.named to switchboard_look;

-- store: qenqueue, and a relay into pg:. It reads and forgets names, to store each once, but reads no mail.
grant select (id, queue, base, received, digest, state, named, stored_at, message_size, size) on switchboard.entry to switchboard_store;
grant insert on switchboard.entry, switchboard.body to switchboard_store;
grant select, insert, update, delete on switchboard.named to switchboard_store;

-- handle: every command.
grant select, insert, update, delete on switchboard.entry, switchboard.body, switchboard.named to switchboard_handle;
grant usage, select on sequence switchboard.generation to switchboard_handle;
