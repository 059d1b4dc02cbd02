// Verifies a captured Returnflows request. Standard library only; Go 1.20 or newer.
//
//	go run verify.go --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
//	go run verify.go --secret S --short-signature SIG [--short-previous SIG] --body-file F
//
// Prints `ok` (exit code 0) or `refused: why` (exit code 1).
package main

// [snippet begin]
import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

func keyOf(secret string) ([]byte, error) {
	text, found := strings.CutPrefix(secret, "whsec_")
	if !found {
		return []byte(secret), nil
	}
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(key) == 0 {
		return nil, errors.New("the secret is not whsec_ and base64")
	}
	return key, nil
}

// Verify is the recommended way. body is what io.ReadAll(request.Body) gave.
// It returns nil when the signature is good, else an error that says why it is not.
func Verify(secret string, headers http.Header, body []byte, now time.Time) error {
	id := headers.Get("webhook-id")
	timestamp := headers.Get("webhook-timestamp")
	signature := headers.Get("webhook-signature")
	if id == "" || timestamp == "" || signature == "" {
		return errors.New("a webhook header is missing")
	}
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	if err != nil {
		return errors.New("the timestamp is not a number")
	}
	if now.Sub(time.Unix(int64(seconds), 0)).Abs() > tolerance {
		return errors.New("the timestamp is more than 5 minutes off")
	}
	key, err := keyOf(secret)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, entry := range strings.Split(signature, " ") {
		if hmac.Equal([]byte(entry), []byte(expected)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

// VerifyShort checks the body alone, so that an old request cannot be told from a new one.
func VerifyShort(secret string, headers http.Header, body []byte) error {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	missing := true
	for _, name := range []string{"X-Returnflows-Signature", "X-Returnflows-Signature-Previous"} {
		given := headers.Get(name)
		if hmac.Equal([]byte(given), []byte(expected)) {
			return nil
		}
		missing = missing && given == ""
	}
	if missing {
		return errors.New("a webhook header is missing")
	}
	return errors.New("no signature fits")
}

// [snippet end]

func judge() error {
	secret := flag.String("secret", "", "")
	id := flag.String("id", "", "")
	timestamp := flag.String("timestamp", "", "")
	signature := flag.String("signature", "", "")
	short := flag.String("short-signature", "", "")
	previous := flag.String("short-previous", "", "")
	bodyFile := flag.String("body-file", "", "")
	now := flag.Int64("now", time.Now().Unix(), "")
	flag.Parse()
	body, err := os.ReadFile(*bodyFile)
	if err != nil {
		return err
	}
	headers := http.Header{}
	if *short != "" {
		headers.Set("X-Returnflows-Signature", *short)
		headers.Set("X-Returnflows-Signature-Previous", *previous)
		return VerifyShort(*secret, headers, body)
	}
	headers.Set("webhook-id", *id)
	headers.Set("webhook-timestamp", *timestamp)
	headers.Set("webhook-signature", *signature)
	return Verify(*secret, headers, body, time.Unix(*now, 0))
}

func main() {
	if err := judge(); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}
