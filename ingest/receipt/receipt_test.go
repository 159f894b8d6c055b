package receipt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zhibiao/ingest/receipt"
	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, period.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// gdp is a return of form 101; what became of it is for the case to say.
func gdp() receipt.Receipt {
	return receipt.Receipt{
		Number: receipt.Number(17, sum), Verdict: receipt.Accepted, File: "双城101表_经济运行局_2026年三季度.xlsx", SHA256: sum, Size: 11408,
		Received: at("2026-10-21 09:30:05").UTC(), Submission: 17,
		Form: "双城101表", Title: "国民经济核算情况", Department: "经济运行局", Period: period.MustParse("2026-Q3"),
		Version: 1, Due: at("2026-10-25 23:59:59"), Rows: 8, Values: 21, Absent: 0,
	}
}

func cell(ref string) finding.Place {
	return finding.Place{File: "双城101表_经济运行局_2026年三季度.xlsx", Sheet: "双城101表", Cell: ref}
}

var (
	partOverWhole = finding.Finding{
		Rule: "R06", Severity: finding.Mandatory, Place: cell("E12"), Label: "其中：直管区地区生产总值（现价）", Code: "GDP.TOTAL.DIR",
		Value: "5230.46亿元", Want: "不大于 全域地区生产总值（现价）5230.45亿元", Message: "部分大于总体", Hint: "核对三个口径是否填串行，版本是否一致。",
		Related: []finding.Place{cell("E11")},
	}
	notNumber = finding.Finding{
		Rule: "R04", Severity: finding.Mandatory, Place: cell("E17"), Label: "制造业增加值（现价）", Code: "VA.MFG.LJ",
		Value: "约1100", Want: "数字、“…”、“—”或空格", Message: "不是数字", Hint: "只填数字",
	}
	noFoot = finding.Finding{
		Rule: "R01", Severity: finding.Mandatory, Place: cell("D21"), Label: "统计负责人", Message: "缺少统计负责人", Hint: "补填统计负责人后再报",
	}
	magnitude = finding.Finding{
		Rule: "R20", Severity: finding.Plausibility, Place: cell("E18"), Label: "金融业增加值（现价）", Code: "VA.FIN.LJ",
		Value: "5500.00亿元", Want: "与上年同期 550.00亿元 同一数量级", Message: "疑似计量单位错误：约为上年同期的10倍",
		Hint:    "请核对小数点位置和计量单位（本行为亿元）；属实的在“说明”栏写明原因（不少于6个字）后重报",
		Related: []finding.Place{{File: "双城101表_经济运行局_2025年三季度.xlsx", Sheet: "双城101表", Cell: "E18"}},
	}
	hiddenRow = finding.Finding{
		Rule: "hidden-row", Severity: finding.Note, Place: cell("E13"), Label: "主城都市区地区生产总值（现价）", Value: "24310.22", Message: "该行被隐藏，其中的数照常读取",
	}
)

// cases are the receipts of the golden files. The findings stand in the order
// in which checking sorts them.
func cases() map[string]receipt.Receipt {
	explained := magnitude
	explained.Explanation = "上年同期口径不含离岸业务。"

	accepted := gdp()

	revised := gdp()
	revised.Version, revised.Late, revised.Received = 2, true, at("2026-10-26 00:00:00")
	revised.Findings = finding.List{explained, hiddenRow}
	revised.Changed = []receipt.Change{{Label: "其中：直管区地区生产总值（现价）", Cell: "双城101表!E12", Old: "2900.00亿元", New: "2950.50亿元"}}

	awaiting := gdp()
	awaiting.Verdict = receipt.Awaiting
	second := explained
	second.Place, second.Label, second.Code = cell("E17"), "制造业增加值（现价）", "VA.MFG.LJ"
	awaiting.Findings = finding.List{second, magnitude}

	returned := gdp()
	returned.Verdict = receipt.Returned
	returned.Findings = finding.List{partOverWhole, notNumber, noFoot, magnitude, hiddenRow}
	returned.Values, returned.Absent = 20, 1

	pending := gdp()
	pending.Verdict, pending.Revision, pending.Contact = receipt.Pending, 2, "双城办（经济运行局）测试电话 000-0000"
	pending.Findings = finding.List{explained}
	pending.Checks = receipt.Tally{Passed: 31, Failed: 1, Unverifiable: []receipt.Unverified{
		{Rule: "R07", Name: "部分不大于全市", Missing: "未收到2026年三季度重庆市地区生产总值"},
		{Rule: "R24", Name: "规上工业增加值与制造业增加值", Missing: "未收到2026年三季度规上工业增加值"},
	}}
	pending.Impact = []string{"全域地区生产总值：灯由黄转绿（测试数据）", "已发的报告用过旧值（测试数据）"}
	pending.Decisions = []receipt.Decision{
		{At: at("2026-10-21 09:30:05"), Verdict: receipt.Awaiting},
		{At: at("2026-10-22 10:00:00"), Verdict: receipt.Pending, By: "经济运行局", Why: "随回执提交说明1条"},
	}

	withdrawn := gdp()
	withdrawn.Verdict, withdrawn.Revision = receipt.Withdrawn, 2
	withdrawn.Decisions = []receipt.Decision{
		{At: at("2026-10-21 09:30:05"), Verdict: receipt.Accepted},
		{At: at("2026-10-23 16:20:00"), Verdict: receipt.Withdrawn, By: "测试甲", Why: "统计口径有误，另行报送"},
	}

	unreadable := receipt.Receipt{
		Number: receipt.Number(18, sum), Verdict: receipt.Returned, File: "双城101表.xlsx", SHA256: sum, Size: 4096,
		Received: at("2026-10-21 09:31:00"), Submission: 18,
		Findings: finding.List{{
			Rule: "package-crc", Severity: finding.Mandatory, Place: finding.Place{File: "双城101表.xlsx", Part: "xl/worksheets/sheet1.xml"},
			Message: "文件内容与校验值不符，已损坏", Hint: "用 Excel 或 WPS 打开核对，另存后重报",
		}},
	}
	return map[string]receipt.Receipt{"accepted": accepted, "revised": revised, "awaiting": awaiting, "returned": returned, "pending": pending, "withdrawn": withdrawn, "unreadable": unreadable}
}

func text(t testing.TB, r *receipt.Receipt) string {
	t.Helper()
	var b bytes.Buffer
	if err := receipt.Text(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func html(t testing.TB, r *receipt.Receipt) string {
	t.Helper()
	var b bytes.Buffer
	if err := receipt.HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReceiptsReadAsTheGoldenFiles(t *testing.T) {
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			var js bytes.Buffer
			if err := receipt.JSON(&js, &r); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text(t, &r))
			golden(t, name+".json", js.String())
			golden(t, name+".html", html(t, &r))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func TestTheFirstLineIsTheVerdict(t *testing.T) {
	for name, want := range map[string]string{
		"accepted":   "【已接收】全部审核通过",
		"revised":    "【已接收】强制性问题0个，核实性问题1个（已说明1个），提示1个",
		"awaiting":   "【已接收待说明】强制性问题0个，核实性问题2个（已说明1个），提示0个",
		"returned":   "【退回】强制性问题3个，核实性问题1个，提示1个",
		"unreadable": "【退回】强制性问题1个，核实性问题0个，提示0个",
		"pending":    "【待验收】强制性问题0个，核实性问题1个（已说明1个），提示0个",
		"withdrawn":  "【已撤回】统计口径有误，另行报送",
	} {
		r := cases()[name]
		if got, _, _ := strings.Cut(text(t, &r), "\n"); got != want {
			t.Errorf("%s begins %q, want %q", name, got, want)
		}
	}
}

func TestEveryFindingIsOnTheReceipt(t *testing.T) {
	for name, r := range cases() {
		got := text(t, &r)
		for _, f := range r.Findings {
			if !strings.Contains(got, f.Message) || !strings.Contains(got, f.Place.String()) || !strings.Contains(got, f.Hint) {
				t.Errorf("%s does not say %s", name, f)
			}
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		submission int64
		sum, want  string
	}{
		{1, sum, "双城回执-000001-9f86d081"},
		{123456, sum, "双城回执-123456-9f86d081"},
		{12345678, sum, "双城回执-12345678-9f86d081"},
		{2, "abc", "双城回执-000002-abc"},
	} {
		if got := receipt.Number(c.submission, c.sum); got != c.want {
			t.Errorf("Number(%d, %s) = %s, want %s", c.submission, c.sum, got, c.want)
		}
	}
}

func TestVerdictsHaveNames(t *testing.T) {
	for v, want := range map[receipt.Verdict]string{receipt.Accepted: "已接收", receipt.Awaiting: "已接收待说明", receipt.Pending: "待验收", receipt.Returned: "退回", receipt.Withdrawn: "已撤回"} {
		if got := v.Name(); got != want {
			t.Errorf("%s is %q, want %q", v, got, want)
		}
	}
}

// Times are Shanghai's, whatever zone they were made in.
func TestTimesAreShanghais(t *testing.T) {
	r := gdp()
	want := text(t, &r)
	r.Received, r.Due = r.Received.In(time.FixedZone("west", -9*3600)), r.Due.UTC()
	if d := cmp.Diff(want, text(t, &r)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(want, "收到时间：2026-10-21 09:30:05\n") || !strings.Contains(want, "报送期限：2026-10-25 23:59\n") {
		t.Errorf("got:\n%s", want)
	}
}

func TestJSONRoundTrips(t *testing.T) {
	for name, r := range cases() {
		var first bytes.Buffer
		if err := receipt.JSON(&first, &r); err != nil {
			t.Fatal(err)
		}
		var back receipt.Receipt
		dec := json.NewDecoder(bytes.NewReader(first.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&back); err != nil {
			t.Fatal(err)
		}
		want := r
		if want.Findings == nil {
			want.Findings = finding.List{} // programs get a list, not null
		}
		if d := cmp.Diff(want, back, cmp.Comparer(time.Time.Equal)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
		var again bytes.Buffer
		if err := receipt.JSON(&again, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first.String(), again.String()); d != "" {
			t.Errorf("%s, written again:\n%s", name, d)
		}
		if text(t, &r) != text(t, &back) {
			t.Errorf("%s reads otherwise after JSON", name)
		}
	}
	r := gdp()
	if err := receipt.JSON(&bytes.Buffer{}, &r); err != nil || r.Findings != nil {
		t.Errorf("writing changed the receipt: %v, %v", r.Findings, err)
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFailedWriteNamesTheReceipt(t *testing.T) {
	r := gdp()
	for name, err := range map[string]error{"text": receipt.Text(full{}, &r), "json": receipt.JSON(full{}, &r)} {
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), r.Number) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever stood in the return, the receipt is plain text: no control or
// direction characters, and no line that the return wrote.
func TestTextIsPlainWhateverTheReturnSays(t *testing.T) {
	hostile := rapid.OneOf(
		rapid.SampledFrom([]string{"", "\x1b[2J\x1b[31m", "a\r\n【已接收】", "\u202e倒写", "\x00", "\u2028下一步：", "\t", "\u0085", "\xff\xfe", "\u200b\ufeff"}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		says := func(what string) string { return hostile.Draw(t, what) }
		f := finding.Finding{
			Rule: "R04", Severity: rapid.SampledFrom([]finding.Severity{finding.Mandatory, finding.Plausibility, finding.Note}).Draw(t, "severity"),
			Place:   finding.Place{File: says("file"), Sheet: says("sheet"), Part: says("part"), Cell: "A1"},
			Related: []finding.Place{{Sheet: says("related"), Cell: "B2"}},
			Label:   says("label"), Value: says("value"), Want: says("want"), Message: "不是数字" + says("message"), Hint: says("hint"), Explanation: says("explanation"),
		}
		r := gdp()
		r.File, r.Findings = says("name"), finding.List{f, f}
		r.Changed = []receipt.Change{{Label: says("changed"), Cell: says("where") + "!E12", Old: says("old"), New: says("new")}}
		var b bytes.Buffer
		if err := receipt.Text(&b, &r); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		for _, c := range got {
			if c != '\n' && (unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp) || c == unicode.ReplacementChar) {
				t.Fatalf("the receipt holds %U:\n%q", c, got)
			}
		}
		// Each line is one of ours.
		starts := []string{
			"【已接收】", "回执编号：", "文    件：", "SHA-256 ：", "收到时间：", "报    表：", "填报单位：", "报 告 期：", "报送期限：", "版    本：", "读取情况：", "咨    询：",
			"强制性审核未通过（2个）", "核实性审核待说明（2个）", "核实性审核已说明（2个）", "提示（2个）", "  1. ", "  2. ",
			"         改法：", "         说明：", "         对照：", "与上次报送相比有变动的单元格（1个）", "  ", "下一步：",
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(got, "\n"), "\n") {
			if line != "" && !slices.ContainsFunc(starts, func(s string) bool { return strings.HasPrefix(line, s) }) {
				t.Fatalf("the receipt has a line that is not ours: %q", line)
			}
		}
		if n := strings.Count(got, "\n【") + strings.Count(got, "\n下一步："); n != 1 {
			t.Fatalf("the return wrote itself a verdict:\n%s", got)
		}
	})
}
