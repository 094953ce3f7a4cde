# SPDX-License-Identifier: Apache-2.0
"""The examples in header comments compile. An example is a paragraph of a block comment that is indented by three spaces or
more and has a line that ends as a statement does. What GIVEN lists is there already, all else an example declares."""

import re

import compiler
import tap
from tree import LIBRARY_FOLDERS, Finding, line_of

COMMENT = re.compile(r'/\*.*?\*/', re.S)
PARAGRAPH = re.compile(r'(?:^ \*   .*\n)+', re.M)
STATEMENT = re.compile(r'[;}][ \t]*(//.*)?$', re.M)
GIVEN = {'flow': 'Flow *flow'}


def missing():
    return compiler.missing_build()


def examples(tree, path):
    """Yields (line, code) for each example in the comments of a header."""
    text = tree.text(path)
    for comment in COMMENT.finditer(text):
        for paragraph in PARAGRAPH.finditer(comment.group(0)):
            code = re.sub(r'^ \*', '', paragraph.group(0), flags=re.M)
            if STATEMENT.search(code):
                yield line_of(text, comment.start() + paragraph.start()), code


def compile_example(tree, path, line, code):
    """What the compiler says of an example in a function, or None."""
    given = ', '.join(declaration for name, declaration in GIVEN.items() if re.search(rf'\b{name}\b', code))
    source = f'#include "{path}"\nvoid example ({given or "void"});\nvoid example ({given or "void"})\n{{\n#line {line} "{path}"\n{code}}}\n'
    status, output = compiler.run([*compiler.CC, '-std=gnu17', '-fsyntax-only', '-Wall', '-Werror', '-Wno-unused', '-I',
                                   str(tree.root), *compiler.CPPFLAGS, '-x', 'c', '-'], text=source)
    return output if status != 0 else None


def check(tree):
    findings = []
    for path in (f for f in tree.sources(*LIBRARY_FOLDERS, 'cli') if f.endswith('.h')):
        for line, code in examples(tree, path):
            said = compile_example(tree, path, line, code)
            if said:
                findings.append(Finding(path, line, 'the example does not compile:\n' + said))
    return findings


GOOD = {
    'flows/a.h': '/* A table:\n *\n *   first   (one)\n *   second  two\n *\n *   int n = a_get (flow); // The number.\n'
                 ' *   if (n > 0)\n *     n = 0;\n */\ntypedef struct Flow Flow;\nint a_get (Flow *flow);\n',
}
BAD = [
    ('a call with too few arguments', {'flows/b.h': '/* B.\n *\n *   int n = b_get (1);\n */\nint b_get (int a, int b);\n'}, 'b.h:3:'),
    ('a name that is not declared', {'flows/b.h': '/* B.\n *\n *   if (b_get ())\n *     n = 1;\n */\nint b_get (void);\n'}, 'undeclared'),
    ('a second example', {'flows/b.h': GOOD['flows/a.h'] + '/* See:\n *   int n = 1\n *   n++;\n */\n'}, 'b.h:13'),
]

tap.run(__name__)
