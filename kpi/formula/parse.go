package formula

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"zhibiao/kpi/indicator"
)

// What one expression may cost. They keep the SQL made from it far inside the
// expression and join limits of the engines.
const (
	maxBytes  = 4096
	maxDepth  = 64   // of parentheses, signs and functions inside one another
	maxNodes  = 400  // numbers, references and operations
	maxRefs   = 32   // different codes
	maxDigits = 30   // of one number
	maxCost   = 2000 // see cost
	firstYear = 1900
	lastYear  = 2199
)

// A SyntaxError says where a text stops being a formula, in Chinese.
type SyntaxError struct {
	Col     int // 1-based, in characters
	Message string
	Hint    string
}

// Error is the message with its column.
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("第%d列：%s", e.Col, e.Message)
	if e.Hint != "" {
		s += "（" + e.Hint + "）"
	}
	return s
}

// Parse reads a formula or a rule. The error is a *SyntaxError.
func Parse(src string) (Expr, error) {
	if len(src) > maxBytes {
		return nil, &SyntaxError{1, fmt.Sprintf("公式长%d字节，超过%d字节", len(src), maxBytes), "拆成几个派生指标"}
	}
	tokens, err := scan(src)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, codes: make(map[indicator.Code]bool)}
	e, err := p.rule()
	if err != nil {
		return nil, err
	}
	// The canonical text is stored and parsed again: it must keep the limit too.
	if n := len(e.String()); n > maxBytes {
		return nil, &SyntaxError{1, fmt.Sprintf("公式长%d字节，超过%d字节", n, maxBytes), "拆成几个派生指标"}
	}
	if cost(e) > maxCost {
		return nil, &SyntaxError{e.Pos(), "除数里又有除数，嵌套太深", "把除数定义为一个派生指标，再引用它"}
	}
	return e, nil
}

// cost is the size of the expression as an engine sees it. Engines expand
// NULLIF(x, 0) into a CASE with two copies of x, so that divisors inside divisors
// double each time; the guards of growth and cagr copy their argument too.
func cost(e Expr) int {
	n, last := 1, 0
	for _, c := range children(e) {
		last = cost(c)
		n += last
	}
	switch e := e.(type) {
	case *binary:
		if e.op == '÷' {
			n += last
		}
	case *call:
		switch e.fn {
		case fnShare:
			n += last
		case fnGrowth:
			n *= 5
		case fnCAGR:
			n *= 12
		}
	}
	return min(n, maxCost+1)
}

type kind uint8

const (
	tokEnd kind = iota
	tokNumber
	tokCode
	tokName // lower-case: a function
	tokOp   // + − × ÷ ( ) , ≤ ≥ < > =
)

type token struct {
	kind kind
	text string
	op   rune
	col  int
}

// scan splits a text into tokens. Full-width and typographic forms become the
// one canonical sign, because the sources mix them (catalogue §5.29).
func scan(src string) ([]token, error) {
	var out []token
	runes := make([]rune, 0, len(src))
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRuneInString(src[i:])
		if r == utf8.RuneError && n == 1 {
			return nil, &SyntaxError{len(runes) + 1, "不是有效的UTF-8文字", "把文件存为UTF-8"}
		}
		runes = append(runes, fold(r))
		i += n
	}
	for i := 0; i < len(runes); {
		r, start := runes[i], i
		col := start + 1
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			i++
			continue
		case isDigit(r) || r == '.' && isDigit(next):
			for i < len(runes) && (isDigit(runes[i]) || runes[i] == '.') {
				i++
			}
			t := token{kind: tokNumber, text: string(runes[start:i]), col: col}
			if i < len(runes) && (isLower(runes[i]) || isUpper(runes[i])) {
				return nil, &SyntaxError{col, fmt.Sprintf("“%s%c”既不是数也不是指标代码", t.text, runes[i]), "指标代码以大写字母开头；不写科学计数法"}
			}
			if len(strings.TrimLeft(t.text, "0")) > maxDigits {
				return nil, &SyntaxError{col, fmt.Sprintf("数“%s…”超过%d位", t.text[:10], maxDigits), "写到小数点后六位足够"}
			}
			if strings.Count(t.text, ".") > 1 || strings.HasSuffix(t.text, ".") {
				return nil, &SyntaxError{col, fmt.Sprintf("“%s”不是数", t.text), "写成 100 或 0.5；不用千分位"}
			}
			out = append(out, t)
			continue
		case isUpper(r):
			for i < len(runes) && (isUpper(runes[i]) || isDigit(runes[i]) || runes[i] == '_' || runes[i] == '.') {
				i++
			}
			t := token{kind: tokCode, text: string(runes[start:i]), col: col}
			if i < len(runes) && isLower(runes[i]) {
				return nil, &SyntaxError{i + 1, fmt.Sprintf("指标代码“%s”后有小写字母“%c”", t.text, runes[i]), "指标代码只用大写字母、数字、点和下划线"}
			}
			if !ValidCode(indicator.Code(t.text)) {
				return nil, &SyntaxError{col, fmt.Sprintf("“%s”不是指标代码", t.text), "各段之间用一个点，如 GDP.TOTAL.ALL"}
			}
			out = append(out, t)
			continue
		case isLower(r):
			for i < len(runes) && (isLower(runes[i]) || isUpper(runes[i]) || isDigit(runes[i]) || runes[i] == '_' || runes[i] == '.') {
				i++
			}
			out = append(out, token{kind: tokName, text: string(runes[start:i]), col: col})
			continue
		}
		op := r
		switch {
		case r == '<' && next == '=':
			op, i = '≤', i+1
		case r == '>' && next == '=':
			op, i = '≥', i+1
		case r == '=' && next == '=':
			i++
		case r == '!' && next == '=' || r == '≠':
			return nil, &SyntaxError{col, "没有“不等于”比较", "比较符：<= >= < > =="}
		}
		switch op {
		case '+', '−', '×', '÷', '(', ')', ',', '≤', '≥', '<', '>', '=':
			out = append(out, token{kind: tokOp, op: op, text: string(op), col: col})
			i++
		case '%':
			return nil, &SyntaxError{col, "公式里不写百分号", "比率乘以 100 得到 %"}
		case '^':
			return nil, &SyntaxError{col, "没有乘方", "年均增速用 cagr(指标, 2022)"}
		default:
			return nil, &SyntaxError{col, fmt.Sprintf("不认识的字符 %q", op), "公式由数、指标代码、+ - × ÷、括号和函数组成"}
		}
	}
	return append(out, token{kind: tokEnd, text: "", col: len(runes) + 1}), nil
}

// fold maps the forms a sign is written in to one.
func fold(r rune) rune {
	if r >= '！' && r <= '～' { // full-width ASCII
		r -= '！' - '!'
	}
	switch r {
	case '-', '–', '—', '﹣':
		return '−'
	case '*', '∗', '✕':
		return '×'
	case '/', '∕':
		return '÷'
	case '≦', '⩽':
		return '≤'
	case '≧', '⩾':
		return '≥'
	case '\u3000', '\u00a0', '\ufeff':
		return ' '
	}
	return r
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' }
func isLower(r rune) bool { return r >= 'a' && r <= 'z' || r == '_' }

// ValidCode reports whether a code can be written in a formula: dotted words of
// upper-case letters, digits and underscores, the first beginning with a letter.
func ValidCode(code indicator.Code) bool {
	if code == "" || !isUpper(rune(code[0])) {
		return false
	}
	return validWords(string(code))
}

func validWords(s string) bool {
	word := 0
	for _, c := range s {
		switch {
		case c == '.':
			if word == 0 {
				return false
			}
			word = 0
		case isUpper(c) || isDigit(c) || c == '_':
			word++
		default:
			return false
		}
	}
	return word > 0
}

type parser struct {
	tokens []token
	i      int
	depth  int
	nodes  int
	codes  map[indicator.Code]bool
	inside function // the function of time being read; "" outside
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) take() token {
	t := p.tokens[p.i]
	if t.kind != tokEnd {
		p.i++
	}
	return t
}

// is takes the next token when it is one of the operators.
func (p *parser) is(ops ...rune) (token, bool) {
	t := p.peek()
	for _, op := range ops {
		if t.kind == tokOp && t.op == op {
			return p.take(), true
		}
	}
	return t, false
}

func wrong(t token, hint, format string, args ...any) error {
	return &SyntaxError{Col: t.col, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (t token) what() string {
	if t.kind == tokEnd {
		return "公式末尾"
	}
	return "“" + t.text + "”"
}

func (p *parser) node(t token) error {
	if p.nodes++; p.nodes > maxNodes {
		return wrong(t, "拆成几个派生指标", "公式超过%d个数、指标和运算", maxNodes)
	}
	return nil
}

func (t token) compares() bool {
	if t.kind == tokOp {
		switch t.op {
		case '≤', '≥', '<', '>', '=':
			return true
		}
	}
	return false
}

func (p *parser) rule() (Expr, error) {
	if p.peek().kind == tokEnd {
		return nil, wrong(p.peek(), "例如 GDP.TOTAL.ALL / GDP.TOTAL.MUA * 100", "公式是空的")
	}
	l, err := p.sum()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.compares() {
		p.take()
		r, err := p.sum()
		if err != nil {
			return nil, err
		}
		if again := p.peek(); again.compares() {
			return nil, wrong(again, "拆成两条规则", "比较不能连写")
		}
		l = &compare{t.col, t.op, l, r}
	}
	if t := p.peek(); t.kind != tokEnd {
		if t.op == ')' {
			return nil, wrong(t, "去掉它，或在前面补“(”", "多出一个“)”")
		}
		if t.op == ',' {
			return nil, wrong(t, "逗号只用在函数里；数不写千分位", "此处不能有逗号")
		}
		return nil, wrong(t, "两项之间补 + - × ÷", "%s前缺运算符", t.what())
	}
	return l, nil
}

func (p *parser) sum() (Expr, error) { return p.chain(p.product, '+', '−') }

func (p *parser) product() (Expr, error) { return p.chain(p.signed, '×', '÷') }

// chain reads operators of one strength, which associate to the left.
func (p *parser) chain(operand func() (Expr, error), ops ...rune) (Expr, error) {
	l, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		t, ok := p.is(ops...)
		if !ok {
			return l, nil
		}
		if err := p.node(t); err != nil {
			return nil, err
		}
		r, err := operand()
		if err != nil {
			return nil, err
		}
		l = &binary{t.col, t.op, l, r}
	}
}

func (p *parser) signed() (Expr, error) {
	t, ok := p.is('−')
	if !ok {
		return p.operand()
	}
	if err := p.enter(t); err != nil {
		return nil, err
	}
	defer p.leave()
	x, err := p.signed()
	if err != nil {
		return nil, err
	}
	return &negate{t.col, x}, p.node(t)
}

func (p *parser) enter(t token) error {
	if p.depth++; p.depth > maxDepth {
		return wrong(t, "拆成几个派生指标", "嵌套超过%d层", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) operand() (Expr, error) {
	t := p.take()
	if err := p.node(t); err != nil {
		return nil, err
	}
	switch {
	case t.kind == tokNumber:
		d, err := decimal.NewFromString(t.text)
		if err != nil {
			return nil, wrong(t, "写成 100 或 0.5", "“%s”不是数", t.text)
		}
		return &number{t.col, d}, nil
	case t.kind == tokCode:
		return p.reference(t)
	case t.kind == tokName:
		return p.function(t)
	case t.kind == tokOp && t.op == '(':
		if err := p.enter(t); err != nil {
			return nil, err
		}
		defer p.leave()
		e, err := p.sum()
		if err != nil {
			return nil, err
		}
		return e, p.closing(t)
	case t.kind == tokOp && t.op == '+':
		return nil, wrong(t, "去掉正号", "不写正号")
	case t.kind == tokEnd:
		return nil, wrong(t, "补上数或指标代码", "公式没有写完")
	}
	return nil, wrong(t, "补上数或指标代码", "%s前缺一项", t.what())
}

// closing takes the parenthesis that closes the one given.
func (p *parser) closing(open token) error {
	if _, ok := p.is(')'); ok {
		return nil
	}
	t := p.peek()
	if t.compares() {
		return wrong(t, "把比较写在最外层", "括号和函数里不能比较")
	}
	if t.kind == tokEnd {
		return wrong(open, "在末尾补“)”", "括号没有闭合")
	}
	if t.kind == tokOp {
		return wrong(t, "补上“)”", "%s处应为“)”", t.what())
	}
	return wrong(t, "两项之间补 + - × ÷", "%s前缺运算符", t.what())
}

func (p *parser) reference(t token) (Expr, error) {
	if next := p.peek(); next.kind == tokOp && next.op == '(' {
		return nil, wrong(t, "函数名用小写："+functions, "“%s”不是函数", t.text)
	}
	code := indicator.Code(t.text)
	p.codes[code] = true
	if len(p.codes) > maxRefs {
		return nil, wrong(t, "拆成几个派生指标", "公式引用超过%d个指标", maxRefs)
	}
	return &ref{t.col, code}, nil
}

func (p *parser) function(t token) (Expr, error) {
	fn := function(t.text)
	want, ok := fn.args()
	if !ok {
		if next := p.peek(); next.kind != tokOp || next.op != '(' {
			return nil, wrong(t, "指标代码用大写；函数后面要有括号", "不认识“%s”", t.text)
		}
		return nil, wrong(t, "函数有 "+functions, "没有函数“%s”", t.text)
	}
	if p.inside != "" && fn != fnShare {
		return nil, wrong(t, "把里面的部分定义为一个派生指标，再引用它", "%s 不能写在 %s 里", fn, p.inside)
	}
	open, ok := p.is('(')
	if !ok {
		return nil, wrong(p.peek(), "写成 "+fn.usage(), "%s 后面缺“(”", fn)
	}
	if err := p.enter(t); err != nil {
		return nil, err
	}
	defer p.leave()
	if fn.ofTime() {
		p.inside = fn
		defer func() { p.inside = "" }()
	}
	c := &call{at: t.col, fn: fn}
	for n := range want {
		if n > 0 {
			if err := p.comma(fn); err != nil {
				return nil, err
			}
		}
		first := p.peek()
		if first.kind == tokOp && first.op == ')' {
			return nil, wrong(first, "写成 "+fn.usage(), "%s 缺少参数", fn)
		}
		x, err := p.sum()
		if err != nil {
			return nil, err
		}
		if fn.ofTime() && len(Refs(x)) == 0 {
			return nil, wrong(first, "写成 "+fn.usage(), "%s 里没有指标", fn)
		}
		if _, plain := x.(*ref); fn == fnSumSince && !plain {
			return nil, wrong(first, "写成 "+fn.usage(), "sum_since 只对一个指标求和")
		}
		c.args = append(c.args, x)
	}
	if fn.takesYear() {
		if err := p.comma(fn); err != nil {
			return nil, err
		}
		year := p.take()
		n, err := strconv.Atoi(year.text)
		if year.kind != tokNumber || err != nil || n < firstYear || n > lastYear {
			return nil, wrong(year, "写成 "+fn.usage(), "%s处应为四位年份", year.what())
		}
		c.year = n
	}
	if extra, ok := p.is(','); ok {
		return nil, wrong(extra, "写成 "+fn.usage(), "%s 参数过多", fn)
	}
	return c, p.closing(open)
}

func (p *parser) comma(fn function) error {
	if t, ok := p.is(','); !ok {
		if t.compares() {
			return wrong(t, "把比较写在最外层", "括号和函数里不能比较")
		}
		return wrong(t, "写成 "+fn.usage(), "%s 缺少参数", fn)
	}
	return nil
}
