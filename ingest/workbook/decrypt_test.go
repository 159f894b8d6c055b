package workbook_test

import (
	"bytes"
	"crypto/aes"
	"crypto/sha1"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"zhibiao/ingest/workbook"
)

const password = "密码Pass1"

// The files in testdata/password have 测试数据 in A1 and 1432.58 in B2:
// libreoffice.* were saved with the password by LibreOffice 7.4 (standard
// encryption, and RC4 for .xls), msoffcrypto.xlsx was encrypted by
// msoffcrypto-tool 5 (agile, as Excel does since 2010).
func protected(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/password", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// lockedStandard is a package encrypted as Office 2007 does ([MS-OFFCRYPTO]
// 2.3.4.7), written here because no library writes it.
func lockedStandard(pkg []byte, secret string) []byte {
	put := binary.LittleEndian
	salt := []byte("0123456789abcdef")
	var wide []byte
	for _, c := range utf16.Encode([]rune(secret)) {
		wide = put.AppendUint16(wide, c)
	}
	h := sha1.Sum(append(bytes.Clone(salt), wide...))
	for i := range uint32(50_000) {
		h = sha1.Sum(append(put.AppendUint32(nil, i), h[:]...))
	}
	h = sha1.Sum(append(h[:], 0, 0, 0, 0))
	inner := bytes.Repeat([]byte{0x36}, 64)
	for i, c := range h {
		inner[i] ^= c
	}
	key := sha1.Sum(inner)
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(err)
	}
	seal := func(in []byte) []byte {
		in = append(bytes.Clone(in), make([]byte, (16-len(in)%16)%16)...)
		for i := 0; i < len(in); i += 16 {
			block.Encrypt(in[i:], in[i:i+16])
		}
		return in
	}
	verifier := []byte("sixteen letters!")
	sum := sha1.Sum(verifier)
	header := join(
		put.AppendUint32(nil, 0x24), make([]byte, 4), put.AppendUint32(nil, 0x660E), put.AppendUint32(nil, 0x8004),
		put.AppendUint32(nil, 128), put.AppendUint32(nil, 24), make([]byte, 8), u16("Microsoft Enhanced RSA and AES Cryptographic Provider\x00"))
	info := join([]byte{4, 0, 2, 0}, put.AppendUint32(nil, 0x24), put.AppendUint32(nil, uint32(len(header))), header,
		put.AppendUint32(nil, 16), salt, seal(verifier), put.AppendUint32(nil, 20), seal(sum[:]))
	return container(streamOf("EncryptionInfo", info), streamOf("EncryptedPackage", append(put.AppendUint64(nil, uint64(len(pkg))), seal(pkg)...)))
}

func TestAnEncryptedWorkbookOpensWithItsPassword(t *testing.T) {
	// excelize writes standard encryption too, but only of packages above 4,096
	// bytes in a way that it can read itself.
	byExcelize, err := excelize.Encrypt(formBook(50, 20), &excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"agile":                   {protected(t, "msoffcrypto.xlsx"), "测试数据"},
		"standard by LibreOffice": {protected(t, "libreoffice.xlsx"), "测试数据"},
		"standard by excelize":    {byExcelize, "（测试数据）"},
		"standard":                {lockedStandard(book(nil), password), "甲"},
	} {
		t.Run(name, func(t *testing.T) {
			b, finds := workbook.OpenPassword("报表.xlsx", c.data, workbook.DefaultLimits(), password)
			if b == nil {
				t.Fatal(finds)
			}
			if got := b.Sheets[0].Cells[0].Text; !strings.Contains(got, c.want) || b.Format != workbook.XLSX {
				t.Errorf("read %q, format %s", got, b.Format)
			}
			for _, wrong := range []string{"密码pass1", "x", strings.Repeat("长", 300)} {
				b, finds := workbook.OpenPassword("报表.xlsx", c.data, workbook.DefaultLimits(), wrong)
				if b != nil || len(finds) != 1 || finds[0].Rule != "wrong-password" || finds[0].Hint == "" {
					t.Errorf("password %q: %v", wrong, finds)
				}
			}
			for _, none := range []func() (*workbook.Book, string){
				func() (*workbook.Book, string) {
					b, f := workbook.Open("报表.xlsx", c.data, workbook.DefaultLimits())
					return b, f[0].Rule
				},
				func() (*workbook.Book, string) {
					b, f := workbook.OpenPassword("报表.xlsx", c.data, workbook.DefaultLimits(), "")
					return b, f[0].Rule
				},
			} {
				if b, rule := none(); b != nil || rule != "encrypted" {
					t.Errorf("without a password: %s", rule)
				}
			}
		})
	}
}

func TestAPasswordDoesNotHurtAnOpenWorkbook(t *testing.T) {
	if b, finds := workbook.OpenPassword("报表.xlsx", book(nil), workbook.DefaultLimits(), password); b == nil {
		t.Error(finds)
	}
}

func TestADamagedEncryptedWorkbookIsRefused(t *testing.T) {
	data := protected(t, "msoffcrypto.xlsx")
	replace := func(old, with string) []byte {
		if !bytes.Contains(data, []byte(old)) {
			t.Fatalf("the file has no %s", old)
		}
		return bytes.Replace(data, []byte(old), []byte(with), 1)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(data)
		b[at] ^= 1
		return b
	}
	plain := func(pkg []byte) []byte { return lockedStandard(pkg, password) }
	for name, m := range map[string]struct {
		data []byte
		rule string
	}{
		"a bit of the package":          {flip(inPackage(t, data)), "encrypted"},
		"too many spins":                {replace("spinCount=\"100000\" saltSize=\"16\" blockSize=\"16\" keyBits=\"256\"\n  ", "spinCount=\"10000001\" saltSize=\"16\" blockSize=\"16\" keyBits=\"256\"\n"), "encrypted"},
		"another cipher":                {replace(`cipherAlgorithm="AES"`, `cipherAlgorithm="RC2"`), "encrypted"},
		"another hash":                  {replace(`hashAlgorithm="SHA512"`, `hashAlgorithm="MD4"   `), "encrypted"},
		"another salt size":             {replace(`saltSize="16"`, `saltSize="17"`), "encrypted"},
		"no XML":                        {replace(`<encryption`, `<<ncryption`), "encrypted"},
		"no integrity":                  {replace(`encryptedHmacValue`, `encryptedHmacValux`), "encrypted"},
		"an empty file":                 {plain(nil), "encrypted"},
		"a text":                        {plain([]byte("指标,数值\n")), "encrypted"},
		"an encrypted file in it":       {plain(data), "encrypted"},
		"a damaged package":             {plain(book(nil)[:1000]), "package-zip"},
		"an old workbook":               {protected(t, "libreoffice.xls"), "encrypted"},
		"no streams":                    {container(streamOf("EncryptionInfo", nil)), "encrypted"},
		"another version":               {container(streamOf("EncryptionInfo", make([]byte, 100)), streamOf("EncryptedPackage", make([]byte, 100))), "encrypted"},
		"standard without its verifier": {container(streamOf("EncryptionInfo", join([]byte{4, 0, 2, 0, 0, 0, 0, 0}, []byte{32, 0, 0, 0}, make([]byte, 40))), streamOf("EncryptedPackage", make([]byte, 100))), "encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			b, finds := workbook.OpenPassword("报表.xlsx", m.data, workbook.DefaultLimits(), password)
			if b != nil || len(finds) == 0 || finds[0].Rule != m.rule || finds[0].Message == "" || finds[0].Hint == "" {
				t.Errorf("got %v", finds)
			}
			if d := time.Since(start); d > patience {
				t.Errorf("took %v", d)
			}
		})
	}
}

// inPackage is the place of a byte in the middle of the EncryptedPackage stream.
func inPackage(t *testing.T, data []byte) int {
	t.Helper()
	at := bytes.Index(data, u16("EncryptedPackage"))
	if at < 0 {
		t.Fatal("no EncryptedPackage")
	}
	entry := data[at:]
	start, size := binary.LittleEndian.Uint32(entry[116:]), binary.LittleEndian.Uint32(entry[120:])
	if size < 4096 {
		// In the mini stream, which the root entry starts.
		root := data[bytes.Index(data, u16("Root Entry")):]
		return 512*(1+int(binary.LittleEndian.Uint32(root[116:]))) + 64*int(start) + int(size)/2
	}
	return 512*(1+int(start)) + int(size)/2
}

func FuzzDecrypt(f *testing.F) {
	put := binary.LittleEndian
	standard := lockedStandard(book(nil), password)
	at := bytes.Index(standard, []byte{4, 0, 2, 0, 0x24, 0, 0, 0})
	f.Add(bytes.Clone(standard[at:at+300]), []byte("x"))
	agile := `<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">` +
		`<keyData saltSize="1" blockSize="16" keyBits="128" hashSize="20" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA1" saltValue="AA=="/>` +
		`<dataIntegrity encryptedHmacKey="AAAAAAAAAAAAAAAAAAAAAA==" encryptedHmacValue="AAAAAAAAAAAAAAAAAAAAAA=="/><keyEncryptors><keyEncryptor uri="p">` +
		`<p:encryptedKey spinCount="1" saltSize="1" blockSize="16" keyBits="128" hashSize="20" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA1" saltValue="AA==" ` +
		`encryptedVerifierHashInput="AAAAAAAAAAAAAAAAAAAAAA==" encryptedVerifierHashValue="AAAAAAAAAAAAAAAAAAAAAA==" encryptedKeyValue="AAAAAAAAAAAAAAAAAAAAAA=="/></keyEncryptor></keyEncryptors></encryption>`
	f.Add(append([]byte{4, 0, 4, 0, 0x40, 0, 0, 0}, agile...), put.AppendUint64(nil, 3))
	f.Fuzz(func(t *testing.T, info, sealed []byte) {
		if bytes.Contains(info, []byte("spinCount")) && !bytes.Contains(info, []byte(`spinCount="1"`)) {
			return // millions of spins are seconds, and tested above
		}
		b, finds := workbook.OpenPassword("f", container(streamOf("EncryptionInfo", info), streamOf("EncryptedPackage", sealed)), small(), "p")
		if (b == nil) != finds.Refused() {
			t.Fatalf("book %v with %v", b, finds)
		}
	})
}
