package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/testserver"
)

// seedHash is bcrypt's of "lantern-quiet-42", at its least cost.
const seedHash = "$2b$04$H5KrZRF1jZE4eqQb7eVWOOg.Eq8FgCDhdZzjkBxXo1hWVfHhNMpSq"

// seeds makes a database of each system that people come from, with one of
// everything, and returns where they are.
func seeds(t *testing.T) []string {
	t.Helper()
	return []string{"NEST_MONGO=" + nestSeed(t), "PRISMA_POSTGRES=" + prismaSeed(t)}
}

func nestSeed(t *testing.T) string {
	t.Helper()
	uri := testserver.Mongo(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.Disconnect(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	for database, docs := range map[string]struct {
		collection string
		doc        bson.D
	}{
		"nestjs_tutorial_tenant_db": {"tenants", bson.D{
			{Key: "_id", Value: "7b1f7f1e-8f0d-4a53-9a0e-0f5a4b1c2d3e"}, {Key: "name", Value: "acme"}, {Key: "displayName", Value: "Acme"},
			{Key: "contactEmail", Value: "it@acme.example"}, {Key: "status", Value: "ACTIVE"}, {Key: "deleted", Value: false},
		}},
		"nestjs_tutorial_acme": {"users", bson.D{
			{Key: "_id", Value: bson.NewObjectID()}, {Key: "name", Value: "Ann Lee"}, {Key: "username", Value: "ann"},
			{Key: "email", Value: "ann@acme.example"}, {Key: "mobile", Value: "010-1234-5678"}, {Key: "password", Value: seedHash},
			{Key: "role", Value: "admin"}, {Key: "status", Value: 1},
		}},
	} {
		db := client.Database(database)
		if err := db.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Collection(docs.collection).InsertOne(t.Context(), docs.doc); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Replace(uri, "/?", "/nestjs_tutorial_tenant_db?", 1)
}

func prismaSeed(t *testing.T) string {
	t.Helper()
	url := testserver.Postgres(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, script := range []string{
		string(read(t, "../internal/seeds/testdata/prisma.sql")),
		`INSERT INTO roles (id, name) VALUES ('00000000-0000-4000-8000-000000000030', 'USER');
		INSERT INTO spaces (id) VALUES ('00000000-0000-4000-8000-000000000020');
		INSERT INTO users (id, name, email, phone, password) VALUES
			('00000000-0000-4000-8000-000000000010', 'Ann Kim', 'ann@core.example', '01000000010', '` + seedHash + `');
		INSERT INTO profiles (id, name, nickname, user_id) VALUES
			('00000000-0000-4000-8000-000000000050', 'Ann Kim', 'ann', '00000000-0000-4000-8000-000000000010');
		INSERT INTO tenants (id, main, user_id, space_id, role_id) VALUES ('00000000-0000-4000-8000-000000000040', true,
			'00000000-0000-4000-8000-000000000010', '00000000-0000-4000-8000-000000000020', '00000000-0000-4000-8000-000000000030');`,
	} {
		if _, err := conn.Exec(t.Context(), script); err != nil {
			t.Fatal(err)
		}
	}
	return url
}
