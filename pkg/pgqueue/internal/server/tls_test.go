package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// authority is a certificate authority.
type authority struct {
	*testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	// file has its certificate.
	file string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{T: t, file: filepath.Join(t.TempDir(), "ca.crt")}
	var der []byte
	a.key, der = a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotAfter: time.Now().Add(time.Hour),
	})
	var err error
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.write(a.file, "CERTIFICATE", der, nil)
	return a
}

// issue makes a key and a certificate for it. The first one is that of the authority itself.
func (a *authority) issue(template *x509.Certificate) (*ecdsa.PrivateKey, []byte) {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	template.SerialNumber, template.NotBefore = big.NewInt(time.Now().UnixNano()), time.Now().Add(-2*time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.Fatal(err)
	}
	return key, der
}

// write writes a file, which belongs to the owner of like if that is not nil.
func (a *authority) write(path, kind string, der []byte, like *syscall.Stat_t) {
	a.Helper()
	err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
	if err == nil && like != nil {
		err = os.Chown(path, int(like.Uid), int(like.Gid))
	}
	if err != nil {
		a.Fatal(err)
	}
}

// install gives a server a certificate for a name that is valid until end.
func (a *authority) install(d *postgres.Database, name string, end time.Duration) {
	a.Helper()
	key, der := a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(end),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.Fatal(err)
	}
	info, err := os.Stat(d.Server.Dir)
	if err != nil {
		a.Fatal(err)
	}
	data := filepath.Join(d.Server.Dir, "data")
	owner := info.Sys().(*syscall.Stat_t)
	a.write(filepath.Join(data, "server.crt"), "CERTIFICATE", der, owner)
	a.write(filepath.Join(data, "server.key"), "PRIVATE KEY", private, owner)
	d.SQL(a.T, "alter system set ssl = on")
	d.SQL(a.T, "select pg_reload_conf()")
}

// TestVerifyFull checks that sslmode=verify-full connects to the server whose name an authority
// has certified, and to no other.
func TestVerifyFull(t *testing.T) {
	t.Parallel()
	d := postgres.Start(t, postgres.Memory).Database(t)
	mine, other := newAuthority(t), newAuthority(t)
	dsn := func(host string, a *authority) string {
		return fmt.Sprintf("host=%s port=%d user=postgres dbname=%s password='%s' sslmode=verify-full sslrootcert=%s", host, d.Server.Port, d.Name, postgres.Password, a.file)
	}
	try := func(dsn string) error {
		s, err := server.Open(t.Context(), server.Config{DSN: dsn})
		if err != nil {
			return err
		}
		defer s.Close()
		var tls bool
		err = s.Look(t.Context(), server.Statement{SQL: "select ssl from pg_stat_ssl where pid = pg_backend_pid()", Row: func(r server.Row) error { return r.Scan(&tls) }})
		if err == nil && !tls {
			err = errors.New("the connection is not encrypted")
		}
		return err
	}
	refused := func(err error, want string) {
		t.Helper()
		if !errors.Is(err, server.ErrConfiguration) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), postgres.Password) {
			t.Errorf("%v, not %s", err, want)
		}
	}
	refused(try(dsn("localhost", mine)), "server refused TLS connection")
	mine.install(d, "localhost", time.Hour)
	// The server reads its files again at some moment.
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := try(dsn("localhost", mine))
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	refused(try(dsn("127.0.0.1", mine)), "127.0.0.1:")
	refused(try(dsn("localhost", other)), "certificate signed by unknown authority")
	// verify-ca does not look at the name.
	if err := try(strings.Replace(dsn("127.0.0.1", mine), "verify-full", "verify-ca", 1)); err != nil {
		t.Error(err)
	}
	mine.install(d, "localhost", -time.Hour)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if try(dsn("localhost", mine)) != nil {
			break
		}
	}
	refused(try(dsn("localhost", mine)), "certificate has expired")
}
