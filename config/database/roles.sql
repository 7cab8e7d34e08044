-- The three roles, the database and who may do what in it. Run by psql as a superuser, any number of times:
-- by the embedded launcher, by the database container on its first start, or by hand on a managed server.
--
--   ROTACAST_DATABASE, ROTACAST_MIGRATOR_PASSWORD, ROTACAST_APP_PASSWORD, ROTACAST_OPERATOR_PASSWORD
--
-- come from the environment, so that no password stands on a command line. PostgreSQL 17 or newer.

\set ON_ERROR_STOP on
\set database rotacast
\getenv database ROTACAST_DATABASE
\getenv migrator_password ROTACAST_MIGRATOR_PASSWORD
\getenv app_password ROTACAST_APP_PASSWORD
\getenv operator_password ROTACAST_OPERATOR_PASSWORD

SELECT format('CREATE ROLE %I', wanted)
  FROM unnest(ARRAY['rotacast_migrator', 'rotacast_app', 'rotacast_operator']) AS wanted
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)
\gexec

-- Owns the database and passes row-level security: migrations, bulk load, backup. No web or worker process holds it.
ALTER ROLE rotacast_migrator LOGIN BYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'migrator_password';
-- What the application is: it owns nothing, so row-level security binds it.
ALTER ROLE rotacast_app LOGIN NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app_password';
-- Acts on organisations as a whole; what it may do beyond the application is granted by migrations.
ALTER ROLE rotacast_operator LOGIN INHERIT NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'operator_password';
GRANT rotacast_app TO rotacast_operator;

-- A locale that is part of PostgreSQL: sorting never changes with the operating system underneath.
SELECT format(
         'CREATE DATABASE %I OWNER rotacast_migrator TEMPLATE template0 ENCODING ''UTF8'' '
         'LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'' LC_COLLATE ''C'' LC_CTYPE ''C''', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

-- No TEMPORARY for the application: a temporary table has no policy and would outlive its tenant in a pooled connection.
ALTER DATABASE :"database" OWNER TO rotacast_migrator;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO rotacast_app;

\connect :"database"
ALTER SCHEMA public OWNER TO rotacast_migrator;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO rotacast_app;
