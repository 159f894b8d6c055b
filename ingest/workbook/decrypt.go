package workbook

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"hash"
	"slices"
	"unicode/utf16"

	"zhibiao/kpi/finding"
)

const (
	infoStream    = "EncryptionInfo"
	packageStream = "EncryptedPackage"

	maxInfo     = 64 << 10
	maxSpins    = 10_000_000 // some seconds; Office writes 100,000
	maxPassword = 255        // characters, as Office allows
	segmentSize = 4096
)

// OpenPassword is Open for a workbook that a password may protect. The password
// serves only an encrypted .xlsx ([MS-OFFCRYPTO] agile and standard encryption,
// AES); it is kept nowhere. A wrong one is a finding (wrong-password), and so is
// a package that was changed after it was encrypted, as far as the encryption
// tells: the standard one has no checksum of its own, so there only the
// package's are left. An encrypted .xls stays refused.
func OpenPassword(name string, data []byte, lim Limits, password string) (*Book, finding.List) {
	r := &reader{name: name, lim: lim, password: password}
	b := r.read(inMemory(data))
	r.finds.Sort()
	if r.finds.Refused() {
		return nil, r.finds
	}
	return b, r.finds
}

// encrypted reads the workbook inside an encrypted compound file.
func (r *reader) encrypted(data []byte) *Book {
	if r.password == "" {
		r.add(foreign(Encrypted, data))
		return nil
	}
	plain, bad := decrypt(data, r.password)
	switch {
	case bad != nil:
		r.add(bad)
	case int64(len(plain)) > r.lim.File:
		r.add(tooLarge(int64(len(plain)), r.lim.File))
	case Sniff(plain) != XLSX:
		r.add(refusal("encrypted", packageStream, "解密后的内容不是 .xlsx 工作簿", unlock))
	default:
		return r.zip(inMemory(plain))
	}
	return nil
}

const unlock = "请在 WPS/Excel 中取消打开密码（文件—信息—保护），另存为 .xlsx 再报送"

// decrypt is the package inside an encrypted compound file.
func decrypt(data []byte, password string) ([]byte, *finding.Finding) {
	c, bad := openCompound(data, "encrypted")
	if bad != nil {
		return nil, bad
	}
	info, bad := c.stream(infoStream)
	if bad != nil {
		return nil, bad
	}
	sealed, bad := c.stream(packageStream)
	if bad != nil {
		return nil, bad
	}
	if len(info) < 8 || len(info) > maxInfo || len(sealed) < 8 {
		return nil, wrongSeal("加密信息缺失、过短或过长")
	}
	wide := utf16.Encode([]rune(password))
	if len(wide) > maxPassword {
		return nil, wrongPassword()
	}
	secret := make([]byte, 0, 2*len(wide))
	for _, c := range wide {
		secret = le.AppendUint16(secret, c)
	}
	var plain []byte
	switch major, minor := le.Uint16(info), le.Uint16(info[2:]); {
	case major == 4 && minor == 4:
		plain, bad = agile(info[8:], sealed, secret)
	case major >= 2 && major <= 4 && minor == 2:
		plain, bad = standard(info[8:], sealed, secret)
	default:
		return nil, wrongSeal(fmt.Sprintf("加密方式 %d.%d 不能读取", major, minor))
	}
	if bad != nil {
		return nil, bad
	}
	size := le.Uint64(sealed)
	if size > uint64(len(plain)) {
		return nil, wrongSeal("加密内容不完整")
	}
	return plain[:size], nil
}

func wrongSeal(what string) *finding.Finding {
	return refusal("encrypted", infoStream, "工作簿已加密，无法打开："+what, unlock)
}

func wrongPassword() *finding.Finding {
	return refusal("wrong-password", infoStream, "打开密码不正确", "请核对密码（区分大小写）；或"+unlock)
}

// standard opens the encryption of Office 2007: AES in ECB mode with a key from
// 50,000 rounds of SHA-1 ([MS-OFFCRYPTO] 2.3.4.5–2.3.4.9).
func standard(info, sealed, secret []byte) ([]byte, *finding.Finding) {
	const header, verifier, rounds = 32, 16 + 16 + 4 + 32, 50_000
	if len(info) < 4 {
		return nil, wrongSeal("加密信息不完整")
	}
	n := int64(le.Uint32(info))
	if n < header || 4+n+4+verifier > int64(len(info)) {
		return nil, wrongSeal("加密信息不完整")
	}
	head, check := info[4:4+n], info[4+n:]
	method, bits := le.Uint32(head[8:]), le.Uint32(head[16:])
	if bits == 0 {
		bits = 128
	}
	if method != 0 && (method < 0x660E || method > 0x6610) || bits != 128 && bits != 192 && bits != 256 || le.Uint32(check) != 16 {
		return nil, wrongSeal("加密方式不是 AES")
	}
	check = check[4:]
	h := spin(sha1.New, check[:16], secret, rounds)
	sum := sha1.Sum(append(h, 0, 0, 0, 0))
	pad := func(fill byte) []byte {
		block := bytes.Repeat([]byte{fill}, 64)
		subtle.XORBytes(block, block, sum[:])
		key := sha1.Sum(block)
		return key[:]
	}
	block, err := aes.NewCipher(append(pad(0x36), pad(0x5C)...)[:bits/8])
	if err != nil {
		return nil, wrongSeal("密钥长度错误")
	}
	test := sha1.Sum(ecb(block, check[16:32]))
	if want := ecb(block, check[36:68]); !bytes.Equal(want[:len(test)], test[:]) {
		return nil, wrongPassword()
	}
	body := sealed[8:]
	return ecb(block, body[:len(body)&^(aes.BlockSize-1)]), nil
}

// ecb decrypts block by block; the standard library does not offer it, because
// nothing new should use it.
func ecb(block cipher.Block, in []byte) []byte {
	out := make([]byte, len(in))
	for i := 0; i+aes.BlockSize <= len(in); i += aes.BlockSize {
		block.Decrypt(out[i:], in[i:i+aes.BlockSize])
	}
	return out
}

// spin hashes salt and password and then itself n times with a counter before.
func spin(algorithm func() hash.Hash, salt, secret []byte, n int) []byte {
	h := algorithm()
	h.Write(salt)
	h.Write(secret)
	sum := h.Sum(nil)
	buf := make([]byte, 4+len(sum))
	for i := range n {
		le.PutUint32(buf, uint32(i))
		copy(buf[4:], sum)
		h.Reset()
		h.Write(buf)
		sum = h.Sum(sum[:0])
	}
	return sum
}

// An agileCipher is how a key is used, in the XML of agile encryption.
type agileCipher struct {
	SaltSize  int    `xml:"saltSize,attr"`
	BlockSize int    `xml:"blockSize,attr"`
	KeyBits   int    `xml:"keyBits,attr"`
	HashSize  int    `xml:"hashSize,attr"`
	Cipher    string `xml:"cipherAlgorithm,attr"`
	Chaining  string `xml:"cipherChaining,attr"`
	Hash      string `xml:"hashAlgorithm,attr"`
	Salt      string `xml:"saltValue,attr"`

	salt      []byte
	algorithm func() hash.Hash
}

// An agileInfo is the XML of agile encryption ([MS-OFFCRYPTO] 2.3.4.10).
type agileInfo struct {
	KeyData   agileCipher `xml:"http://schemas.microsoft.com/office/2006/encryption keyData"`
	Integrity struct {
		Key   string `xml:"encryptedHmacKey,attr"`
		Value string `xml:"encryptedHmacValue,attr"`
	} `xml:"http://schemas.microsoft.com/office/2006/encryption dataIntegrity"`
	// Keys are one for each way to open the package: a password, a certificate.
	Keys []agileKey `xml:"keyEncryptors>keyEncryptor>encryptedKey"`
}

// An agileKey is the package's key, encrypted.
type agileKey struct {
	XMLName xml.Name
	agileCipher
	Spins int    `xml:"spinCount,attr"`
	Input string `xml:"encryptedVerifierHashInput,attr"`
	Value string `xml:"encryptedVerifierHashValue,attr"`
	Key   string `xml:"encryptedKeyValue,attr"`
}

const underPassword = "http://schemas.microsoft.com/office/2006/keyEncryptor/password"

// What a hash is mixed with to make a key for one purpose only.
var (
	forInput     = []byte{0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79}
	forValue     = []byte{0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e}
	forKey       = []byte{0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6}
	forHMACKey   = []byte{0x5f, 0xb2, 0xad, 0x01, 0x0c, 0xb9, 0xe1, 0xf6}
	forHMACValue = []byte{0xa0, 0x67, 0x7f, 0x02, 0xb2, 0x2c, 0x84, 0x33}
)

// agile opens the encryption of Office 2010 and later: AES in CBC mode with the
// key in the file, itself encrypted under the password ([MS-OFFCRYPTO]
// 2.3.4.11–2.3.4.15). The password's verifier and the package's HMAC are
// verified before a byte is decrypted.
func agile(text, sealed, secret []byte) ([]byte, *finding.Finding) {
	var info agileInfo
	err := xml.Unmarshal(text, &info)
	at := slices.IndexFunc(info.Keys, func(k agileKey) bool { return k.XMLName.Space == underPassword })
	if err != nil || at < 0 {
		return nil, wrongSeal("加密信息不是有效的 XML，或不用密码打开")
	}
	data, lock := &info.KeyData, &info.Keys[at]
	if !data.check() || !lock.check() || lock.Spins < 0 || lock.Spins > maxSpins {
		return nil, wrongSeal("加密方式或其参数不能读取")
	}
	h := spin(lock.algorithm, lock.salt, secret, lock.Spins)
	open := func(purpose []byte, in string) []byte {
		return lock.decrypt(lock.key(h, purpose), lock.salt, unbase64(in))
	}
	input, value := open(forInput, lock.Input), open(forValue, lock.Value)
	sum := digest(lock.algorithm, input)
	if len(input) == 0 || len(value) < len(sum) || !bytes.Equal(value[:len(sum)], sum) {
		return nil, wrongPassword()
	}
	key := open(forKey, lock.Key)
	if len(key) < data.KeyBits/8 {
		return nil, wrongSeal("密钥不完整")
	}
	key = key[:data.KeyBits/8]
	size := data.algorithm().Size()
	macKey := data.decrypt(key, data.vector(forHMACKey), unbase64(info.Integrity.Key))
	macValue := data.decrypt(key, data.vector(forHMACValue), unbase64(info.Integrity.Value))
	if len(macKey) < size || len(macValue) < size {
		return nil, wrongSeal("缺少完整性校验")
	}
	mac := hmac.New(data.algorithm, macKey[:size])
	mac.Write(sealed)
	if !hmac.Equal(mac.Sum(nil), macValue[:size]) {
		return nil, refusal("encrypted", packageStream, "文件不完整或已损坏：完整性校验不符", "请检查文件是否传输完整；"+unlock)
	}
	body := sealed[8:]
	out := make([]byte, 0, len(body))
	for i := uint32(0); len(body) > 0; i++ {
		n := min(segmentSize, len(body))
		part := data.decrypt(key, data.vector(le.AppendUint32(nil, i)), body[:n&^(aes.BlockSize-1)])
		out, body = append(out, part...), body[n:]
	}
	return out, nil
}

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func digest(algorithm func() hash.Hash, parts ...[]byte) []byte {
	h := algorithm()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// check accepts AES in CBC mode with a known hash, and decodes the salt.
func (c *agileCipher) check() bool {
	c.algorithm = map[string]func() hash.Hash{
		"SHA1": sha1.New, "SHA-1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New,
	}[c.Hash]
	c.salt = unbase64(c.Salt)
	return c.algorithm != nil && c.Cipher == "AES" && c.Chaining == "ChainingModeCBC" && c.BlockSize == aes.BlockSize &&
		(c.KeyBits == 128 || c.KeyBits == 192 || c.KeyBits == 256) && len(c.salt) >= 1 && len(c.salt) == c.SaltSize
}

// key is the key for a purpose: the hash, cut or filled up to the key's length.
func (c *agileCipher) key(h, purpose []byte) []byte {
	return fit(digest(c.algorithm, h, purpose), c.KeyBits/8)
}

// vector is the initialisation vector for a purpose or a segment.
func (c *agileCipher) vector(purpose []byte) []byte {
	return fit(digest(c.algorithm, c.salt, purpose), aes.BlockSize)
}

func fit(b []byte, n int) []byte {
	for len(b) < n {
		b = append(b, 0x36)
	}
	return b[:n]
}

// decrypt is nil for what is not whole blocks.
func (c *agileCipher) decrypt(key, vector, in []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil || len(in)%aes.BlockSize != 0 {
		return nil
	}
	out := make([]byte, len(in))
	cipher.NewCBCDecrypter(block, fit(bytes.Clone(vector), aes.BlockSize)).CryptBlocks(out, in)
	return out
}
