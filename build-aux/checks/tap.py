# SPDX-License-Identifier: Apache-2.0
"""Runs one check as a test program: first on planted samples, which it has to judge rightly, then on the tree.

A check is a module with
  check(tree)   returns the findings in a tree;
  GOOD          files of a sample without findings: a dictionary from path to text;
  BAD           samples with one: (what is wrong, files laid over GOOD, words that the finding has to contain).
It may have missing(), which says what it cannot do without here (then it is skipped), and prepare(root), which makes
of a sample what a build would make of it.
"""

import os
import pathlib
import sys
import tempfile

import tree as trees


def source_root():
    return pathlib.Path(os.environ.get('G_TEST_SRCDIR') or pathlib.Path(__file__).resolve().parents[2])


def build_root():
    """The build folder, or None when a check is run by hand without one."""
    return pathlib.Path(os.environ['G_TEST_BUILDDIR']) if 'G_TEST_BUILDDIR' in os.environ else None


def judge(check, files):
    """The findings in a sample."""
    with tempfile.TemporaryDirectory(prefix='backflow-check-') as root:
        for path, text in files.items():
            target = pathlib.Path(root, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding='utf-8')
        if hasattr(check, 'prepare'):
            check.prepare(pathlib.Path(root))
        return [str(finding) for finding in check.check(trees.Tree(root))]


def outcomes(check):
    """Yields (passed, name, findings) for each sample and for the tree."""
    findings = judge(check, check.GOOD)
    yield not findings, 'accepts a sample that keeps the rule', findings
    for what, files, words in check.BAD:
        findings = judge(check, {**check.GOOD, **files})
        yield any(words in finding for finding in findings), f'finds {what}', findings or ['no finding']
    findings = [str(finding) for finding in check.check(trees.Tree(source_root()))]
    yield not findings, 'the tree keeps the rule', findings


def main(check):
    reason = check.missing() if hasattr(check, 'missing') else None
    if reason:
        print(f'1..0 # SKIP {reason}')
        return
    print(f'1..{len(check.BAD) + 2}')
    failed = False
    for number, (passed, name, findings) in enumerate(outcomes(check), 1):
        print(f'{"ok" if passed else "not ok"} {number} - {name}')
        if not passed:
            failed = True
            for finding in findings:
                print('#  ' + finding.replace('\n', '\n#  '))
    sys.exit(1 if failed else 0)


def run(name):
    """What a check does when it is the program."""
    if name == '__main__':
        main(sys.modules[name])
