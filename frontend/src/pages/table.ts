import { mount } from 'svelte'
import '../theme/theme'
import { sourceOfPage } from '../page/source'
import App from '../table/App.svelte'
import { userOfTab } from '../table/user'

const user = await userOfTab()
mount(App, { target: document.getElementById('app')!, props: { source: sourceOfPage(), user } })
