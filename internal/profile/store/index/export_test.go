package index

// Migrations are the migrations; a test shortens them to write the fixture of an earlier version.
var Migrations = &migrations
