// Go's golang.org/x/crypto/ssh as reader, judge and client. See interop_test.py.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return data
}

func publicKey(path string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey(read(path))
	return key, err
}

func certificate(path string) (*ssh.Certificate, error) {
	key, err := publicKey(path)
	if err != nil {
		return nil, err
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, fmt.Errorf("not a certificate")
	}
	return cert, nil
}

func judge(ca ssh.PublicKey, principal, path string) error {
	cert, err := certificate(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(cert.SignatureKey.Marshal(), ca.Marshal()) {
		return fmt.Errorf("another CA")
	}
	checker := ssh.CertChecker{}
	return checker.CheckCert(principal, cert)
}

func login(address, user, keyFile, certFile, knownHost string) error {
	cert, err := certificate(certFile)
	if err != nil {
		return err
	}
	key, err := ssh.ParsePrivateKey(read(keyFile))
	if err != nil {
		return err
	}
	signer, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		return err
	}
	host, err := publicKey(knownHost)
	if err != nil {
		return err
	}
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{
		User:              user,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback:   ssh.FixedHostKey(host),
		HostKeyAlgorithms: []string{host.Type()},
	})
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	out, err := session.Output("echo welcome")
	fmt.Print(string(out))
	return err
}

func main() {
	arguments := os.Args[1:]
	if arguments[0] == "check" {
		ca, err := publicKey(arguments[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		for _, path := range arguments[3:] {
			if err := judge(ca, arguments[2], path); err != nil {
				fmt.Printf("%s\tno\t%s\n", path, strings.ReplaceAll(err.Error(), "\n", " "))
			} else {
				fmt.Printf("%s\tok\n", path)
			}
		}
		return
	}
	if err := login(arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
